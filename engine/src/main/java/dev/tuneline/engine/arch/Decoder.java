package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.SequencedMap;

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
   * How well the asked rows' logits foretell {@code targets}; records nothing. The logits exist a
   * few rows at a time, and caches are not used.
   *
   * @param targets a token for each asked row
   */
  TokenScore score(Batch batch, int[] targets);

  /**
   * The sum of the cross-entropies, and the backward from it: adds to the gradient of everything
   * trained. The logits exist a few rows at a time, and caches are not used.
   *
   * @param targets a token for each asked row
   * @param gradient of the sum, without dimensions
   * @param recomputed whether only what enters each block is remembered and the rest computed again
   *     (Chen et al. 2016); changes no gradient
   * @return without dimensions; belongs to the caller as {@link #forward}'s result does
   */
  PtNDArray backward(Batch batch, int[] targets, PtNDArray gradient, boolean recomputed);

  /** The projections that adapters may target, by module name, layer by layer, the head last. */
  SequencedMap<String, Linear> linears();

  /** The norms, by module name, which adapters may train. */
  SequencedMap<String, Norm> norms();

  /** The table of token embeddings, which adapters may target too. */
  Embedding embedding();
}
