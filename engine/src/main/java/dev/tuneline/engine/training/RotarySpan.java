package dev.tuneline.engine.training;

import dev.tuneline.engine.arch.ModelShape;

/**
 * The length that rotary frequencies which follow a sequence's length (dynamic NTK) are computed
 * for from batch to batch, as transformers' {@code dynamic_rope_update} keeps it: that of the
 * longest sequence of a batch; shorter batches after it keep it, until one is shorter than the
 * model was trained for.
 */
final class RotarySpan {
  private final int trained;
  private int positions;

  /**
   * @param positions where another one stood; 0 for a model that has run nothing
   */
  RotarySpan(ModelShape shape, int positions) {
    this.trained = shape.trainedPositions();
    this.positions = positions;
  }

  /** What the next batch is computed for, whose longest sequence has {@code longest} positions. */
  int next(int longest) {
    positions = longest < trained ? trained : Math.max(longest, positions);
    return positions;
  }

  int positions() {
    return positions;
  }
}
