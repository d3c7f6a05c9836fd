package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;

/** A decoder-only language model over loaded weights. */
public interface Decoder {
  /**
   * The logits [asked rows, vocab] of {@code batch}; extends and advances the caches of its
   * segments.
   *
   * <p>Records for backward exactly when gradient mode is on. The result belongs to the caller's
   * innermost {@link dev.tuneline.engine.tensor.Scope}, or to the caller when there is none. May
   * run on several threads at once over different batches.
   */
  PtNDArray forward(Batch batch);

  /**
   * Runs {@code batch}, takes {@code loss} of its logits and goes backward from it, remembering
   * only what enters each block and computing the rest again (Chen et al. 2016). The gradients are
   * those of a backward through {@link #forward}; caches are not used.
   *
   * @param loss of the logits, without dimensions
   * @param gradient of the loss, without dimensions
   * @return the loss, which belongs to the caller as {@link #forward}'s result does
   */
  PtNDArray recomputedBackward(Batch batch, UnaryOperator<PtNDArray> loss, PtNDArray gradient);

  /** The projections that adapters may target, by module name, layer by layer, the head last. */
  SequencedMap<String, Linear> linears();

  /** The table of token embeddings, which adapters may target too. */
  Embedding embedding();
}
