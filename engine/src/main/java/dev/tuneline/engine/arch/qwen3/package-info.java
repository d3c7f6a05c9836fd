/** Qwen3. */
@NullMarked
package dev.tuneline.engine.arch.qwen3;

import org.jspecify.annotations.NullMarked;
