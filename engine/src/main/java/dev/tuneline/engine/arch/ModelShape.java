package dev.tuneline.engine.arch;

import org.jspecify.annotations.Nullable;

/**
 * The sizes of a decoder that code outside its architecture needs.
 *
 * @param layers decoder blocks
 * @param hidden width of the residual stream
 * @param heads query heads
 * @param kvHeads key and value heads; divides {@code heads}
 * @param headDim width of one head
 * @param vocab rows of the LM head, padding included
 * @param maxPositions longest sequence in tokens
 * @param trainedPositions longest sequence before any stretching, {@code max_position_embeddings}
 */
public record ModelShape(
    int layers,
    int hidden,
    int heads,
    int kvHeads,
    int headDim,
    int vocab,
    int maxPositions,
    int trainedPositions) {
  public ModelShape {
    if (layers < 1
        || hidden < 1
        || headDim < 1
        || vocab < 1
        || maxPositions < 1
        || trainedPositions < 1) {
      throw new IllegalArgumentException("sizes must be positive");
    }
    if (kvHeads < 1 || heads % kvHeads != 0) {
      throw new IllegalArgumentException(heads + " heads over " + kvHeads + " key/value heads");
    }
  }

  /** Longest sequence in tokens beside the virtual tokens of {@code adaptation}. */
  public int room(@Nullable Adaptation adaptation) {
    return maxPositions - (adaptation == null ? 0 : adaptation.virtualTokens());
  }
}
