package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
import org.jspecify.annotations.Nullable;

/**
 * The rows that leave a block. Attention alone looks at others, so that what follows it in the last
 * block runs on the rows whose logits are asked for.
 *
 * @param indices int64; null for all rows
 * @param adapted their adapters
 */
record Leaving(@Nullable PtNDArray indices, AdaptedRows adapted) {
  /** Those rows of x [rows, width]. */
  PtNDArray of(PtNDArray x) {
    return indices == null ? x : JniUtils.embedding(indices, x, false);
  }
}
