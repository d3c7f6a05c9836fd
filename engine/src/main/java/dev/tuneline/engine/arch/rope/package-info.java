/** The frequencies of rotary positions: one class for each way of stretching a context. */
@NullMarked
package dev.tuneline.engine.arch.rope;

import org.jspecify.annotations.NullMarked;
