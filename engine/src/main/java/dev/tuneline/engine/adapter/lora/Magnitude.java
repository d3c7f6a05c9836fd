package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import org.jspecify.annotations.Nullable;

/**
 * DoRA's lengths of the rows of an adapted matrix (Liu et al. 2024), a trained vector [out].
 *
 * <p>The length that a row has already is a constant to gradients (section 4.3).
 */
final class Magnitude {
  static final String NAME = "lora_magnitude_vector";

  private final PtNDArray vector;
  private @Nullable PtNDArray frozen;

  Magnitude(int out, PtNDManager manager) {
    this.vector = Scope.own(Tensors.zeros(manager, out));
  }

  PtNDArray vector() {
    return vector;
  }

  /** Starts with the lengths of {@code adapted} [out, in]. */
  void initialise(PtNDArray adapted) {
    Tensors.write(vector, Tensors.floats(norms(adapted)));
  }

  /** Keeps the factors of {@code adapted}, as neither it nor the vector will change. */
  void freeze(PtNDArray adapted) {
    frozen = Scope.own(JniUtils.div(vector, norms(adapted)));
  }

  /** What each row of weight + scaling B A is multiplied with, [out]. */
  PtNDArray factors(PtNDArray weight, Factors factors) {
    if (frozen != null) {
      return frozen;
    }
    try (Scope scope = new Scope()) {
      PtNDArray norms;
      try (var _ = GradientMode.off()) {
        norms = norms(factors.addTo(weight));
      }
      return scope.keep(JniUtils.div(vector, norms));
    }
  }

  private static PtNDArray norms(PtNDArray matrix) {
    return JniUtils.norm(matrix, 2, new int[] {1}, false);
  }
}
