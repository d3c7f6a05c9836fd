/** The Qwen2 family: pre-norm RMS, rotary positions, grouped queries, gated MLP, biased q/k/v. */
@NullMarked
package dev.tuneline.engine.arch.qwen2;

import org.jspecify.annotations.NullMarked;
