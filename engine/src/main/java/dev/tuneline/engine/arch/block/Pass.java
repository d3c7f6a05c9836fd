package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.Batch;
import org.jspecify.annotations.Nullable;

/**
 * What the blocks of one forward share.
 *
 * @param angles of every row; null for a model without rotary positions
 */
public record Pass(Batch batch, Attention attention, Rotary.@Nullable Angles angles) {}
