package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;

/** Normalises the rows of the residual stream. */
public interface Norm {
  /** x [..., width], normalised over its last dimension. */
  PtNDArray apply(PtNDArray x);
}
