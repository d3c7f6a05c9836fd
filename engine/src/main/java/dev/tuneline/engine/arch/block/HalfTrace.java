package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A half of a block that remembers its input and what the projections made of it. The norm and what
 * stands between the projections cost little beside those and are computed again; no product with a
 * base weight is.
 */
final class HalfTrace implements Trace {
  private final ResidualHalf half;
  private final Pass pass;
  private final FrozenProjections inward;
  private final FrozenProjections outward;
  private final boolean further;
  private final PtNDArray input;
  private final FrozenProjections.Product projected;
  private @Nullable PtNDArray output;
  private boolean trainedBetween;

  private HalfTrace(
      ResidualHalf half,
      Pass pass,
      FrozenProjections inward,
      FrozenProjections outward,
      PtNDArray x,
      boolean further) {
    this.half = half;
    this.pass = pass;
    this.inward = inward;
    this.outward = outward;
    this.further = further;
    try (var _ = GradientMode.off();
        Scope scope = new Scope()) {
      this.input = scope.keep(JniUtils.detachGradient(x));
      this.projected = inward.multiply(half.norm().apply(input, pass.entering())).keptBy(scope);
    }
  }

  /**
   * Begins {@code half} over x; null where weights of it are trained or adapted otherwise than by
   * low-rank products, norms included.
   *
   * @param further whether the gradient of x will be asked for
   */
  static @Nullable Trace of(ResidualHalf half, PtNDArray x, Pass pass, boolean further) {
    @Nullable FrozenProjections inward =
        FrozenProjections.of(half.half().inward(), pass.entering());
    @Nullable FrozenProjections outward =
        FrozenProjections.of(List.of(half.half().outward()), pass.leaving().adapted());
    boolean trainedNorm = half.norms().stream().anyMatch(pass.entering()::adapt);
    return inward == null || outward == null || trainedNorm
        ? null
        : new HalfTrace(half, pass, inward, outward, x, further);
  }

  @Override
  public PtNDArray output() {
    if (output == null) {
      try (Scope scope = new Scope()) {
        PtNDArray middle = middle();
        trainedBetween = Kernel.recorded(middle);
        try (var _ = GradientMode.off()) {
          output = outward.multiply(middle).outputs().getFirst();
          PtNDArray normed =
              half.residualAfterNorm() ? half.norm().apply(input, pass.entering()) : input;
          JniUtils.addi(output, pass.leaving().of(normed));
        }
        scope.keep(output);
      }
    }
    return output;
  }

  /** What the projection back multiplies, recorded. */
  private PtNDArray middle() {
    try (var _ = GradientMode.on()) {
      return pass.leaving().of(half.half().between(projected.outputs(), pass));
    }
  }

  @Override
  public boolean trained() {
    output();
    return further || trainedBetween || inward.trained() || outward.trained();
  }

  @Override
  public @Nullable PtNDArray backward(PtNDArray gradient) {
    try (Scope scope = new Scope()) {
      boolean below = further || inward.trained();
      projected.outputs().forEach(each -> each.setRequiresGradient(below));
      backwardBetween(gradient);
      if (!below) {
        return null;
      }
      @Nullable PtNDArray own = backwardInward(gradient);
      return own == null ? null : scope.keep(own);
    }
  }

  private void backwardBetween(PtNDArray gradient) {
    try (Scope _ = new Scope()) {
      PtNDArray middle = middle();
      @Nullable PtNDArray ofMiddle;
      try (var _ = GradientMode.off()) {
        ofMiddle =
            outward.backward(
                middle, outward.lows(middle), List.of(gradient), Kernel.recorded(middle));
      }
      if (ofMiddle != null) {
        JniUtils.backward(middle, ofMiddle, false, false);
      }
    }
  }

  /** From the gradients of the projections to that of the input; null unless it is asked for. */
  private @Nullable PtNDArray backwardInward(PtNDArray gradient) {
    PtNDArray normed;
    PtNDArray residual;
    try (var _ = GradientMode.on()) {
      input.setRequiresGradient(further);
      normed = half.norm().apply(input, pass.entering());
      residual = pass.leaving().of(half.residualAfterNorm() ? normed : input);
    }
    List<PtNDArray> gradients = projected.outputs().stream().map(JniUtils::getGradient).toList();
    @Nullable PtNDArray ofNormed;
    try (var _ = GradientMode.off()) {
      ofNormed = inward.backward(normed, projected.lows(), gradients, further);
    }
    if (ofNormed == null) {
      return null;
    }
    JniUtils.backward(residual, gradient, true, false);
    JniUtils.backward(normed, ofNormed, false, false);
    return JniUtils.getGradient(input);
  }

  @Override
  public void close() {
    projected.close();
    input.close();
  }
}
