package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import org.jspecify.annotations.Nullable;

/** How a projection's weight is stored; to whoever multiplies with it, it is [out, in]. */
public interface Matrix {
  /** Width of a product's rows. */
  int out();

  /** Width of the rows it multiplies. */
  int in();

  /** x [rows, in] -> x W^T + bias, [rows, out]. */
  PtNDArray multiply(PtNDArray x, @Nullable PtNDArray bias);

  /** From the gradient of a product [rows, out] to that of x, [rows, in]. */
  PtNDArray multiplyBack(PtNDArray gradient);

  /** Whether backward from a product changes it. */
  default boolean trained() {
    return false;
  }

  /** Its fp32 values [out, in]. */
  PtNDArray dense();

  /** The fp32 or bf16 tensor [out, in] that products read; null where it is none such. */
  default @Nullable PtNDArray held() {
    return null;
  }

  /** Whether the weight files hold it [in, out]. */
  boolean transposed();

  /** {@code dense} [out, in] in the orientation of the weight files. */
  PtNDArray stored(PtNDArray dense);

  /** Stored as it is used, [out, in]. */
  record Dense(PtNDArray weight) implements Matrix {
    @Override
    public int out() {
      return Math.toIntExact(weight.getShape().get(0));
    }

    @Override
    public int in() {
      return Math.toIntExact(weight.getShape().get(1));
    }

    @Override
    public PtNDArray multiply(PtNDArray x, @Nullable PtNDArray bias) {
      return JniUtils.linear(x, weight, bias);
    }

    @Override
    public PtNDArray multiplyBack(PtNDArray gradient) {
      return JniUtils.matmul(gradient, weight);
    }

    @Override
    public boolean trained() {
      return JniUtils.requiresGrad(weight);
    }

    @Override
    public PtNDArray dense() {
      return weight;
    }

    @Override
    public PtNDArray held() {
      return weight;
    }

    @Override
    public boolean transposed() {
      return false;
    }

    @Override
    public PtNDArray stored(PtNDArray dense) {
      return dense;
    }
  }

  /** Stored [in, out], as GPT-2's Conv1D. */
  record Transposed(PtNDArray weight) implements Matrix {
    @Override
    public int out() {
      return Math.toIntExact(weight.getShape().get(1));
    }

    @Override
    public int in() {
      return Math.toIntExact(weight.getShape().get(0));
    }

    @Override
    public PtNDArray multiply(PtNDArray x, @Nullable PtNDArray bias) {
      return JniUtils.linear(x, dense(), bias);
    }

    @Override
    public PtNDArray multiplyBack(PtNDArray gradient) {
      return JniUtils.matmul(gradient, dense());
    }

    @Override
    public boolean trained() {
      return JniUtils.requiresGrad(weight);
    }

    /** A view, so that gradients reach the stored weight. */
    @Override
    public PtNDArray dense() {
      return JniUtils.transpose(weight, 0, 1);
    }

    @Override
    public boolean transposed() {
      return true;
    }

    @Override
    public PtNDArray stored(PtNDArray dense) {
      return JniUtils.transpose(dense, 0, 1);
    }
  }
}
