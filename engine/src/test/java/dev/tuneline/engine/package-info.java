/** Fixtures of the engine's tests. */
@NullMarked
package dev.tuneline.engine;

import org.jspecify.annotations.NullMarked;
