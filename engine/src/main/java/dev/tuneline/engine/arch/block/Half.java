package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import java.util.List;
import java.util.stream.Stream;

/** Half of a decoder block: projections of one input, a function of them, and a projection back. */
public interface Half {
  /** The projections of the input. */
  List<Linear> inward();

  /**
   * What stands between the projections; it has no weights but those of norms.
   *
   * @param projected what {@link #inward} gave, [rows, out] each
   * @return [rows, in of {@link #outward}]
   */
  PtNDArray between(List<PtNDArray> projected, Pass pass);

  /** Those norms. */
  default List<Norm> norms() {
    return List.of();
  }

  /** The projection back onto the residual stream. */
  Linear outward();

  /** x [rows, hidden] -> [leaving rows, hidden]. */
  default PtNDArray apply(PtNDArray x, Pass pass) {
    List<PtNDArray> projected =
        inward().stream().map(linear -> linear.apply(x, pass.entering())).toList();
    PtNDArray middle = pass.leaving().of(between(projected, pass));
    return outward().apply(middle, pass.leaving().adapted());
  }

  /** Its projections in the order in which adapters list them. */
  default List<Linear> linears() {
    return Stream.concat(inward().stream(), Stream.of(outward())).toList();
  }
}
