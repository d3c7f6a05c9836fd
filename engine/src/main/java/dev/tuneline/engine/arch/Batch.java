package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The real tokens of several sequences, one after the other, without padding.
 *
 * <p>Projections run over all rows at once; attention stays inside a segment; the LM head runs on
 * {@link #logitRows} only. Training and decoding differ just in what their segments carry.
 */
public final class Batch {
  private record AdaptedRows(int start, int end, @Nullable Adaptation adaptation) {}

  private final int[] tokens;
  private final List<Segment> segments;
  private final int[] logitRows;
  private final List<AdaptedRows> adapted;

  private Batch(int[] tokens, List<Segment> segments, int[] logitRows) {
    this.tokens = tokens;
    this.segments = List.copyOf(segments);
    this.logitRows = logitRows;
    this.adapted = adaptedRows(segments);
  }

  /** Collects sequences; rows are numbered in the order of adding. */
  public static final class Builder {
    private int[] tokens = new int[64];
    private int size;
    private final List<Segment> segments = new ArrayList<>();
    private int[] rows = new int[64];
    private int rowCount;

    /** Adds a sequence, or its next tokens when {@code cache} holds earlier ones. */
    public Builder sequence(
        int[] ids, @Nullable KeyValueCache cache, @Nullable Adaptation adaptation) {
      int first = cache == null ? 0 : cache.length();
      segments.add(new Segment(size, ids.length, first, cache, adaptation));
      tokens = ensure(tokens, size + ids.length);
      System.arraycopy(ids, 0, tokens, size, ids.length);
      size += ids.length;
      return this;
    }

    /** Asks for the logits after the {@code offset}-th token of the sequence added last. */
    public Builder logitsAfter(int offset) {
      rows = ensure(rows, rowCount + 1);
      Segment last = segments.getLast();
      if (offset < 0 || offset >= last.length()) {
        throw new IllegalArgumentException("offset %d of %d".formatted(offset, last.length()));
      }
      rows[rowCount++] = last.start() + offset;
      return this;
    }

    /** The batch; it holds at least one token. */
    public Batch build() {
      if (segments.isEmpty()) {
        throw new IllegalArgumentException("a batch holds at least one sequence");
      }
      return new Batch(Arrays.copyOf(tokens, size), segments, Arrays.copyOf(rows, rowCount));
    }

    private static int[] ensure(int[] array, int length) {
      return length <= array.length ? array : Arrays.copyOf(array, Math.max(length, size2(array)));
    }

    private static int size2(int[] array) {
      return Math.multiplyExact(array.length, 2);
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Number of rows. */
  public int size() {
    return tokens.length;
  }

  /** Token ids of all rows. */
  public int[] tokens() {
    return tokens.clone();
  }

  public List<Segment> segments() {
    return segments;
  }

  /** Rows whose logits are computed, ascending in the order of asking. */
  public int[] logitRows() {
    return logitRows.clone();
  }

  /** Whether the logits of every row, in order, are asked for. */
  public boolean asksAllRows() {
    if (logitRows.length != tokens.length) {
      return false;
    }
    for (int i = 0; i < logitRows.length; i++) {
      if (logitRows[i] != i) {
        return false;
      }
    }
    return true;
  }

  /** Position of each row in its own sequence. */
  public int[] positions() {
    int[] positions = new int[tokens.length];
    for (Segment segment : segments) {
      for (int i = 0; i < segment.length(); i++) {
        positions[segment.start() + i] = segment.firstPosition() + i;
      }
    }
    return positions;
  }

  /** Moves every cache past the rows of this batch; a forward calls it once, at its end. */
  public void advanceCaches() {
    for (Segment segment : segments) {
      if (segment.cache() != null) {
        segment.cache().advance(segment.length());
      }
    }
  }

  /** Applies each row range's adapter to the output {@code y} of {@code module} for {@code x}. */
  @SuppressWarnings("ReferenceEquality") // equals of tensors compares their elements
  PtNDArray adapt(Linear module, PtNDArray x, PtNDArray y) {
    if (adapted.size() == 1) {
      @Nullable Adaptation only = adapted.getFirst().adaptation();
      return only == null ? y : only.adapt(module, x, y);
    }
    PtNDArray[] parts = new PtNDArray[adapted.size()];
    boolean changed = false;
    for (int i = 0; i < parts.length; i++) {
      AdaptedRows rows = adapted.get(i);
      PtNDArray part = JniUtils.slice(y, 0, rows.start(), rows.end(), 1);
      if (rows.adaptation() != null) {
        PtNDArray input = JniUtils.slice(x, 0, rows.start(), rows.end(), 1);
        PtNDArray output = rows.adaptation().adapt(module, input, part);
        changed |= output != part;
        part = output;
      }
      parts[i] = part;
    }
    return changed ? JniUtils.cat(parts, 0) : y;
  }

  @SuppressWarnings("ReferenceEquality") // the same adapter, not an equal one
  private static List<AdaptedRows> adaptedRows(List<Segment> segments) {
    List<AdaptedRows> ranges = new ArrayList<>();
    for (Segment segment : segments) {
      int end = segment.start() + segment.length();
      if (!ranges.isEmpty() && ranges.getLast().adaptation() == segment.adaptation()) {
        AdaptedRows last = ranges.removeLast();
        ranges.add(new AdaptedRows(last.start(), end, last.adaptation()));
      } else {
        ranges.add(new AdaptedRows(segment.start(), end, segment.adaptation()));
      }
    }
    return List.copyOf(ranges);
  }
}
