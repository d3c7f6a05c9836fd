package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.tensor.Scope;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * x + half(norm(x)).
 *
 * @param residualAfterNorm whether it is norm(x) + half(norm(x))
 */
record ResidualHalf(Norm norm, Half half, boolean residualAfterNorm) {
  /** x [rows, hidden] -> [leaving rows, hidden]; belongs to the innermost scope. */
  PtNDArray forward(PtNDArray x, Pass pass) {
    try (Scope scope = new Scope()) {
      PtNDArray normed = norm.apply(x, pass.entering());
      PtNDArray residual = pass.leaving().of(residualAfterNorm ? normed : x);
      return scope.keep(JniUtils.add(residual, half.apply(normed, pass)));
    }
  }

  /** Its norms. */
  List<Norm> norms() {
    return Stream.concat(Stream.of(norm), half.norms().stream()).toList();
  }

  /** The same for a backward; see {@link Block#trace}. */
  Trace trace(PtNDArray x, Pass pass, boolean further) {
    @Nullable Trace byHand = HalfTrace.of(this, x, pass, further);
    return byHand == null ? new RecordedTrace(in -> forward(in, pass), x, further) : byHand;
  }
}
