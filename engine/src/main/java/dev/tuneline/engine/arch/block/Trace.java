package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import org.jspecify.annotations.Nullable;

/**
 * One forward of a part of a model, and what its backward needs. Its tensors belong to the scope
 * that it was made in; {@link #close} frees them before that scope ends. One thread uses it.
 */
interface Trace extends AutoCloseable {
  /** The result, without a history; it outlives this. */
  PtNDArray output();

  /** Whether the backward gives a gradient to anything trained. */
  boolean trained();

  /**
   * Adds to the gradients of everything trained; called at most once.
   *
   * @param gradient of the output
   * @return the input's; null where it is not asked for
   */
  @Nullable PtNDArray backward(PtNDArray gradient);

  @Override
  void close();
}
