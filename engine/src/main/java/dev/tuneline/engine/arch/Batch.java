package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The real tokens of several sequences, one after the other, without padding.
 *
 * <p>Projections run over all rows at once; attention stays inside a segment; the LM head runs on
 * {@link #logitRows} only. Training and decoding differ just in what their segments carry. A
 * sequence whose adapter has a prompt gets rows for it in front of its tokens.
 */
public final class Batch {
  private final int[] tokens;
  private final List<Segment> segments;
  private final int[] logitRows;
  private final int span;
  private final AdaptedRows rows = new AdaptedRows();
  private final AdaptedRows askedRows = new AdaptedRows();

  private Batch(int[] tokens, List<Segment> segments, int[] logitRows, int span) {
    this.tokens = tokens;
    this.segments = List.copyOf(segments);
    this.logitRows = logitRows;
    this.span = span;
    int asked = 0;
    for (Segment segment : segments) {
      rows.add(segment.length(), segment.adaptation());
      int from = asked;
      while (asked < logitRows.length && logitRows[asked] < segment.start() + segment.length()) {
        asked++;
      }
      askedRows.add(asked - from, segment.adaptation());
    }
  }

  /** Collects sequences; rows are numbered in the order of adding. */
  public static final class Builder {
    private int[] tokens = new int[64];
    private int size;
    private final List<Segment> segments = new ArrayList<>();
    private int[] rows = new int[64];
    private int rowCount;
    private int span;

    /** Adds a sequence, or its next tokens when {@code cache} holds earlier ones. */
    public Builder sequence(
        int[] ids, @Nullable KeyValueCache cache, @Nullable Adaptation adaptation) {
      boolean begins = cache == null || cache.length() == 0;
      int prompt = 0;
      int first = cache == null ? 0 : cache.length();
      if (adaptation != null && begins) {
        @Nullable PtNDArray promptRows = adaptation.prompt();
        @Nullable Prefix prefix = adaptation.prefix();
        prompt = promptRows == null ? 0 : Math.toIntExact(promptRows.getShape().get(0));
        first = prefix == null ? 0 : prefix.length();
      }
      int length = prompt + ids.length;
      segments.add(new Segment(size, length, prompt, first, cache, adaptation));
      tokens = ensure(tokens, size + length);
      System.arraycopy(ids, 0, tokens, size + prompt, ids.length);
      size += length;
      return this;
    }

    /**
     * Asks for the logits after the {@code offset}-th token of the sequence added last; offsets
     * ascend.
     */
    public Builder logitsAfter(int offset) {
      rows = ensure(rows, rowCount + 1);
      Segment last = segments.getLast();
      int row = last.start() + last.promptRows() + offset;
      if (offset < 0 || row >= last.start() + last.length()) {
        throw new IllegalArgumentException("offset %d of %d".formatted(offset, last.length()));
      }
      if (rowCount > 0 && rows[rowCount - 1] >= row) {
        throw new IllegalArgumentException("rows are asked for in ascending order");
      }
      rows[rowCount++] = row;
      return this;
    }

    /**
     * Has rotary frequencies that follow a sequence's length (dynamic NTK) computed for {@code
     * positions} in every sequence, instead of for its own length so far.
     */
    public Builder spanning(int positions) {
      span = positions;
      return this;
    }

    /** The batch; it holds at least one token. */
    public Batch build() {
      if (segments.isEmpty()) {
        throw new IllegalArgumentException("a batch holds at least one sequence");
      }
      return new Batch(Arrays.copyOf(tokens, size), segments, Arrays.copyOf(rows, rowCount), span);
    }

    private static int[] ensure(int[] array, int length) {
      return length <= array.length
          ? array
          : Arrays.copyOf(array, Math.max(length, Math.multiplyExact(array.length, 2)));
    }
  }

  public static Builder builder() {
    return new Builder();
  }

  /** Number of rows. */
  public int size() {
    return tokens.length;
  }

  /** Token ids of all rows; 0 in the rows of prompts. */
  public int[] tokens() {
    return tokens.clone();
  }

  public List<Segment> segments() {
    return segments;
  }

  /** Rows whose logits are computed, ascending. */
  public int[] logitRows() {
    return logitRows.clone();
  }

  /** The length of a sequence of this batch to frequencies that follow the length. */
  public int span(Segment segment) {
    return span > 0 ? span : segment.end();
  }

  /** Whether the logits of every row, in order, are asked for. */
  public boolean asksAllRows() {
    return logitRows.length == tokens.length;
  }

  /** The adapters of all rows. */
  public AdaptedRows rows() {
    return rows;
  }

  /** The adapters of {@link #logitRows}. */
  public AdaptedRows askedRows() {
    return askedRows;
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
        segment.cache().advanceTo(segment.end());
      }
    }
  }

  /** {@code embeddings} [rows, hidden] with the prompts in their rows. */
  PtNDArray withPrompts(PtNDArray embeddings) {
    List<PtNDArray> parts = new ArrayList<>();
    int done = 0;
    for (Segment segment : segments) {
      if (segment.promptRows() > 0) {
        if (segment.start() > done) {
          parts.add(JniUtils.slice(embeddings, 0, done, segment.start(), 1));
        }
        Adaptation adaptation = Objects.requireNonNull(segment.adaptation());
        parts.add(Objects.requireNonNull(adaptation.prompt()));
        done = segment.start() + segment.promptRows();
      }
    }
    if (parts.isEmpty()) {
      return embeddings;
    }
    parts.add(JniUtils.slice(embeddings, 0, done, tokens.length, 1));
    return JniUtils.cat(parts.toArray(PtNDArray[]::new), 0);
  }
}
