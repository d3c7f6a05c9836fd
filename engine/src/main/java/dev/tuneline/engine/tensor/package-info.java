/** Tensors as bytes: safetensors and torch files, native memory and the scopes that free it. */
@NullMarked
package dev.tuneline.engine.tensor;

import org.jspecify.annotations.NullMarked;
