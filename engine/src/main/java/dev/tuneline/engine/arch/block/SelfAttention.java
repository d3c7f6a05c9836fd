package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Linear;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The attention half of a decoder block.
 *
 * @param layer its index
 * @param window how many positions back a row sees, itself included; 0 for all
 * @param queryScale without dimensions, usually 1/sqrt(headDim)
 * @param queryNorm over each query head before rotation; null for none
 * @param keyNorm over each key head before rotation; null for none
 */
public record SelfAttention(
    int layer,
    int window,
    PtNDArray queryScale,
    QueryKeyValue projections,
    Linear output,
    @Nullable Norm queryNorm,
    @Nullable Norm keyNorm) {

  /** Without norms of its own, over all positions. */
  public SelfAttention(int layer, PtNDArray queryScale, QueryKeyValue projections, Linear output) {
    this(layer, 0, queryScale, projections, output, null, null);
  }

  /** x [rows, hidden] -> [leaving rows, hidden]. */
  PtNDArray apply(PtNDArray x, Pass pass) {
    QueryKeyValue.Projected projected = projections.apply(x, pass.batch().rows());
    PtNDArray q = normed(projected.queries(), queryNorm);
    PtNDArray k = normed(projected.keys(), keyNorm);
    Rotary.@Nullable Angles angles = pass.angles();
    if (angles != null) {
      q = angles.rotate(q);
      k = angles.rotate(k);
    }
    PtNDArray scaled = JniUtils.mul(q, queryScale);
    PtNDArray mixed = pass.attention().attend(layer, window, scaled, k, projected.values());
    return output.apply(pass.leaving().of(mixed), pass.leaving().adapted());
  }

  List<Linear> linears() {
    List<Linear> all = new ArrayList<>(projections.linears());
    all.add(output);
    return all;
  }

  private static PtNDArray normed(PtNDArray x, @Nullable Norm norm) {
    return norm == null ? x : norm.apply(x);
  }
}
