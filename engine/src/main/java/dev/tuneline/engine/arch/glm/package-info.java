/** GLM-4 in its transformers layout. */
@NullMarked
package dev.tuneline.engine.arch.glm;

import org.jspecify.annotations.NullMarked;
