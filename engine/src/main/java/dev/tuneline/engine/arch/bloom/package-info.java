/** BLOOM. */
@NullMarked
package dev.tuneline.engine.arch.bloom;

import org.jspecify.annotations.NullMarked;
