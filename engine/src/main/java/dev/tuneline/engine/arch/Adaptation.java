package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;

/** What an adapter does to a projection's output while a decoder runs. */
@FunctionalInterface
public interface Adaptation {
  /**
   * The adapted output.
   *
   * @param x input rows [rows, in]
   * @param y the base model's output for them [rows, out]; returned as it is where the adapter does
   *     not touch {@code module}
   */
  PtNDArray adapt(Linear module, PtNDArray x, PtNDArray y);
}
