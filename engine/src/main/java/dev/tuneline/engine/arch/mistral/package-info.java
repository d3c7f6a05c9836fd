/** Mistral. */
@NullMarked
package dev.tuneline.engine.arch.mistral;

import org.jspecify.annotations.NullMarked;
