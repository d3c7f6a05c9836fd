package dev.tuneline.engine.arch;

import org.jspecify.annotations.Nullable;

/**
 * One sequence's rows within a {@link Batch}.
 *
 * @param start its first row
 * @param length number of rows
 * @param firstPosition position of its first token in its own sequence
 * @param cache keys and values of the positions before, extended by the forward; null when the
 *     whole sequence is in the batch and nothing follows it
 * @param adaptation its adapter, null for the base model
 */
public record Segment(
    int start,
    int length,
    int firstPosition,
    @Nullable KeyValueCache cache,
    @Nullable Adaptation adaptation) {
  public Segment {
    if (start < 0 || length < 1 || firstPosition < 0) {
      throw new IllegalArgumentException(
          "segment %d+%d at position %d".formatted(start, length, firstPosition));
    }
    if (firstPosition != (cache == null ? 0 : cache.length())) {
      throw new IllegalArgumentException("a segment continues where its cache ends");
    }
  }
}
