package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Neighbouring rows of a sequence and the positions that they attend to.
 *
 * @param first position of the first row
 * @param rows how many
 * @param from first position that any of them sees
 * @param window how many positions back a row sees, itself included; 0 for all
 */
record AttendingRows(int first, int rows, int from, int window) {
  /**
   * What hides positions from rows: row i stands at {@code offset} + i of the seen positions.
   *
   * @param window 0 where it hides nothing
   */
  record Mask(int rows, int offset, int window) {
    /** 0 where a row sees a position and minus infinity elsewhere: [rows, offset + rows]. */
    float[] values() {
      int seen = offset + rows;
      float[] values = new float[Math.multiplyExact(rows, seen)];
      for (int row = 0; row < rows; row++) {
        int start = row * seen;
        int position = offset + row;
        Arrays.fill(values, start + position + 1, start + seen, Float.NEGATIVE_INFINITY);
        if (window > 0 && position >= window) {
          Arrays.fill(values, start, start + position - window + 1, Float.NEGATIVE_INFINITY);
        }
      }
      return values;
    }
  }

  /** The rows of {@code segment}, at most {@code atOnce} in each part. */
  static List<AttendingRows> of(Segment segment, int window, int atOnce) {
    List<AttendingRows> parts = new ArrayList<>();
    for (int done = 0; done < segment.length(); done += atOnce) {
      int first = segment.firstPosition() + done;
      int from = window > 0 ? Math.max(0, first - window + 1) : 0;
      parts.add(new AttendingRows(first, Math.min(atOnce, segment.length() - done), from, window));
    }
    return parts;
  }

  /** Positions up to and including its last row's. */
  int end() {
    return first + rows;
  }

  /** How many positions are seen. */
  int seen() {
    return end() - from;
  }

  /** Whether a position that is seen is hidden from one of the rows. */
  boolean masked() {
    return rows > 1;
  }

  Mask mask() {
    return new Mask(rows, first - from, window > 0 && seen() > window ? window : 0);
  }
}
