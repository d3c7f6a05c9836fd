package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.jspecify.annotations.Nullable;

/**
 * A projection that adapters may target.
 *
 * @param module dotted name of the module in transformers, which adapters use
 * @param weightName name of its weight among {@link Weights}; another module's where they are tied
 * @param bias [out]
 */
public record Linear(String module, String weightName, Matrix matrix, @Nullable PtNDArray bias) {
  /** x [rows, in] -> [rows, out], each range of rows with its adapter. */
  public PtNDArray apply(PtNDArray x, AdaptedRows rows) {
    PtNDArray input = rows.input(this, x);
    return rows.output(this, input, matrix.multiply(input, bias));
  }

  /** Whether backward from its output changes its weight or its bias. */
  public boolean trained() {
    return matrix.trained() || (bias != null && JniUtils.requiresGrad(bias));
  }

  /** Width of its input. */
  public int in() {
    return matrix.in();
  }

  /** Width of its output. */
  public int out() {
    return matrix.out();
  }

  /** Whether it is the projection onto the vocabulary, which {@code all-linear} leaves out. */
  public boolean isHead() {
    return module.equals("lm_head") || module.endsWith(".output_layer");
  }
}
