package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import java.util.List;

/** One layer of a decoder. */
public interface Block {
  /** x [rows, hidden] -> [leaving rows, hidden]; the result belongs to the innermost scope. */
  PtNDArray forward(PtNDArray x, Pass pass);

  /**
   * The same for a backward, whose gradients equal those of a recorded {@link #forward}.
   *
   * @param further whether the gradient of x will be asked for
   */
  default Trace trace(PtNDArray x, Pass pass, boolean further) {
    return new RecordedTrace(in -> forward(in, pass), x, further);
  }

  /** How many positions back its rows see, themselves included; 0 for all. */
  int window();

  /** Its norms. */
  List<Norm> norms();

  /** Its projections in the order in which adapters list them. */
  List<Linear> linears();
}
