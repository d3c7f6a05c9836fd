package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.SequencedMap;

/** Turns gradients into updates. Not thread-safe; {@link #close} frees the moments. */
public sealed interface Optimizer extends AutoCloseable permits AdamW, Adafactor {
  /**
   * Updates one parameter in place.
   *
   * @param step updates of this parameter so far
   * @param gradientScale factor on the gradient, from clipping
   * @param decay whether weight decay applies to it
   */
  void update(
      String name,
      PtNDArray parameter,
      PtNDArray gradient,
      int step,
      double learningRate,
      double gradientScale,
      boolean decay);

  /** What it remembers, live; with the number of updates this is its whole state. */
  SequencedMap<String, PtNDArray> moments();

  @Override
  void close();
}
