package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * Held in bf16. A product rounds its input and its result to bf16; the bias is added in fp32.
 *
 * @param transposed whether it is stored [in, out]
 */
record Bf16Matrix(PtNDArray weight, boolean transposed) implements Matrix {
  @Override
  public int out() {
    return Math.toIntExact(weight.getShape().get(transposed ? 1 : 0));
  }

  @Override
  public int in() {
    return Math.toIntExact(weight.getShape().get(transposed ? 0 : 1));
  }

  @Override
  public PtNDArray multiply(PtNDArray x, @Nullable PtNDArray bias) {
    try (Scope scope = new Scope()) {
      PtNDArray product = Kernel.LINEAR_BF16.run(x, stored(weight));
      return scope.keep(bias == null ? product : JniUtils.add(product, bias));
    }
  }

  @Override
  public PtNDArray multiplyBack(PtNDArray gradient) {
    return Kernel.LINEAR_BF16.run(gradient, JniUtils.transpose(stored(weight), 0, 1));
  }

  @Override
  public PtNDArray dense() {
    return stored(Tensors.widened(weight));
  }

  @Override
  public @Nullable PtNDArray held() {
    return transposed ? null : weight;
  }

  @Override
  public PtNDArray stored(PtNDArray dense) {
    return transposed ? JniUtils.transpose(dense, 0, 1) : dense;
  }
}
