package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Batch;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of one forward share.
 *
 * @param angles of every row; null for a model without rotary positions
 * @param entering adapters of the rows that enter a half of a block
 * @param leaving the rows that leave it
 * @param asked those that leave the last block
 */
public record Pass(
    Batch batch,
    Attention attention,
    Rotary.@Nullable Angles angles,
    AdaptedRows entering,
    Leaving leaving,
    Leaving asked) {
  /** The same for the last block. */
  Pass last() {
    return new Pass(batch, attention, angles, entering, asked, asked);
  }

  /** The same for the half that follows where some rows have left. */
  Pass left() {
    Leaving all = new Leaving(null, leaving.adapted());
    return new Pass(batch, attention, angles, leaving.adapted(), all, asked);
  }
}
