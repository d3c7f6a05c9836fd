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

  /** The projections that adapters may target, by module name, layer by layer, the head last. */
  SequencedMap<String, Linear> linears();

  /** The table of token embeddings, which adapters may target too. */
  Embedding embedding();
}
