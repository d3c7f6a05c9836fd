package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.jspecify.annotations.Nullable;

/**
 * A projection that adapters may target.
 *
 * @param module dotted name, as in the weight files without {@code .weight}
 * @param weight [out, in]
 * @param bias [out]
 */
public record Linear(String module, PtNDArray weight, @Nullable PtNDArray bias) {
  /** x [rows, in] -> [rows, out], adapted as {@code batch} says. */
  public PtNDArray apply(PtNDArray x, Batch batch) {
    return batch.adapt(this, x, JniUtils.linear(x, weight, bias));
  }

  /** Width of its input. */
  public int in() {
    return Math.toIntExact(weight.getShape().get(1));
  }

  /** Width of its output. */
  public int out() {
    return Math.toIntExact(weight.getShape().get(0));
  }
}
