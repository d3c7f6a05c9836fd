package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.Batch;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of one forward share.
 *
 * @param angles of every row; null for a model without rotary positions
 * @param leaving the rows that leave the block
 * @param asked those that leave the last block
 */
public record Pass(
    Batch batch,
    Attention attention,
    Rotary.@Nullable Angles angles,
    Leaving leaving,
    Leaving asked) {
  /** The same for the last block. */
  Pass last() {
    return new Pass(batch, attention, angles, asked, asked);
  }
}
