package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** The feed-forward half of a decoder block. */
public interface Mlp {
  /** x [rows, hidden] -> [rows, hidden]. */
  PtNDArray apply(PtNDArray x, AdaptedRows rows);

  /** Its projections in the order in which adapters list them. */
  List<Linear> linears();
}
