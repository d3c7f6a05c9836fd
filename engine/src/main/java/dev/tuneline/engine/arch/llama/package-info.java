/** Llama. */
@NullMarked
package dev.tuneline.engine.arch.llama;

import org.jspecify.annotations.NullMarked;
