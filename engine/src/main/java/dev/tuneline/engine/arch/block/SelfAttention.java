package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
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
    @Nullable Norm keyNorm)
    implements Half {

  /** Without norms of its own, over all positions. */
  public SelfAttention(int layer, PtNDArray queryScale, QueryKeyValue projections, Linear output) {
    this(layer, 0, queryScale, projections, output, null, null);
  }

  @Override
  public List<Linear> inward() {
    return projections.linears();
  }

  @Override
  public PtNDArray between(List<PtNDArray> projected, Pass pass) {
    QueryKeyValue.Projected heads = projections.heads(projected);
    AdaptedRows rows = pass.entering();
    PtNDArray q = queryNorm == null ? heads.queries() : queryNorm.apply(heads.queries(), rows);
    PtNDArray k = keyNorm == null ? heads.keys() : keyNorm.apply(heads.keys(), rows);
    Rotary.@Nullable Angles angles = pass.angles();
    if (angles != null) {
      q = angles.rotate(q);
      k = angles.rotate(k);
    }
    PtNDArray scaled = JniUtils.mul(q, queryScale);
    return pass.attention().attend(layer, window, scaled, k, heads.values());
  }

  @Override
  public Linear outward() {
    return output;
  }

  @Override
  public List<Norm> norms() {
    return Stream.of(queryNorm, keyNorm).filter(Objects::nonNull).toList();
  }
}
