package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.precision.Nf4Tensor;
import dev.tuneline.engine.tensor.Scope;
import org.jspecify.annotations.Nullable;

/**
 * Held in 4 bits, [out, in]; each product makes its values anew.
 *
 * <p>A recorded product keeps those values until its backward, so that a forward over many of them
 * is best recorded block by block.
 *
 * @param transposed whether the weight files store it [in, out]
 */
record Nf4Matrix(Nf4Tensor weight, boolean transposed) implements Matrix {
  @Override
  public int out() {
    return Math.toIntExact(weight.shape().get(0));
  }

  @Override
  public int in() {
    return Math.toIntExact(weight.shape().get(1));
  }

  @Override
  public PtNDArray multiply(PtNDArray x, @Nullable PtNDArray bias) {
    try (Scope scope = new Scope()) {
      return scope.keep(JniUtils.linear(x, weight.dequantise(), bias));
    }
  }

  @Override
  public PtNDArray multiplyBack(PtNDArray gradient) {
    try (Scope scope = new Scope()) {
      return scope.keep(JniUtils.matmul(gradient, weight.dequantise()));
    }
  }

  @Override
  public PtNDArray dense() {
    return weight.dequantise();
  }

  @Override
  public PtNDArray stored(PtNDArray dense) {
    return transposed ? JniUtils.transpose(dense, 0, 1) : dense;
  }
}
