package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A part that autograd recorded.
 *
 * <p>A tensor that several parts use must be a leaf; what it was computed from would be freed by
 * the backward of the first of them.
 */
final class RecordedTrace implements Trace {
  private final PtNDArray input;
  private final PtNDArray recorded;
  private final PtNDArray output;
  private final boolean further;

  /**
   * Runs {@code part} over x.
   *
   * @param further whether the gradient of x will be asked for
   */
  RecordedTrace(UnaryOperator<PtNDArray> part, PtNDArray x, boolean further) {
    try (var _ = GradientMode.on();
        Scope scope = new Scope()) {
      this.input = scope.keep(JniUtils.detachGradient(x));
      this.further = further;
      input.setRequiresGradient(further);
      this.recorded = scope.keep(part.apply(input));
      this.output = scope.keep(JniUtils.detachGradient(recorded));
    }
  }

  @Override
  public PtNDArray output() {
    return output;
  }

  @Override
  public boolean trained() {
    return Kernel.recorded(recorded);
  }

  @Override
  public @Nullable PtNDArray backward(PtNDArray gradient) {
    JniUtils.backward(recorded, gradient, false, false);
    return further ? JniUtils.getGradient(input) : null;
  }

  @Override
  public void close() {
    recorded.close();
    input.close();
  }
}
