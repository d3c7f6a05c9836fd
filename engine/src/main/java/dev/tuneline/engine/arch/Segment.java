package dev.tuneline.engine.arch;

import org.jspecify.annotations.Nullable;

/**
 * One sequence's rows within a {@link Batch}.
 *
 * @param start its first row
 * @param length number of rows, those of an adapter's prompt included
 * @param promptRows leading rows that are an adapter's prompt, not tokens
 * @param firstPosition position of its first row in its own sequence, after an adapter's prefix
 * @param cache keys and values of the positions before, extended by the forward; null when the
 *     whole sequence is in the batch and nothing follows it
 * @param adaptation its adapter, null for the base model
 */
public record Segment(
    int start,
    int length,
    int promptRows,
    int firstPosition,
    @Nullable KeyValueCache cache,
    @Nullable Adaptation adaptation) {
  public Segment {
    if (start < 0 || length <= promptRows || promptRows < 0 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "segment %d+%d at position %d".formatted(start, length, firstPosition));
    }
  }

  /** The prefix that its keys follow; null once it is in the cache. */
  public @Nullable Prefix prefix() {
    return adaptation != null && (cache == null || cache.length() == 0)
        ? adaptation.prefix()
        : null;
  }

  /** Positions up to and including its last row. */
  public int end() {
    return firstPosition + length;
  }
}
