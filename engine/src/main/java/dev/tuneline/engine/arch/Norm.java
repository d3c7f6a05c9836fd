package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import org.jspecify.annotations.Nullable;

/** A normalisation of rows, which adapters may train. */
public interface Norm {
  /** Dotted name of the module in transformers. */
  String module();

  /** [width]. */
  PtNDArray weight();

  /** [width]; null for one without. */
  @Nullable PtNDArray bias();

  /** x [..., width], normalised over its last dimension, with these in place of its own. */
  PtNDArray apply(PtNDArray x, PtNDArray weight, @Nullable PtNDArray bias);

  /**
   * x [rows, ..., width], normalised over its last dimension, each range of rows with its adapter.
   */
  default PtNDArray apply(PtNDArray x, AdaptedRows rows) {
    return rows.normalised(this, x, apply(x, weight(), bias()));
  }
}
