package dev.tuneline.preprocess.dataset;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * What merging has to know of one row, in a fixed number of bytes. Records of one order are sorted
 * by comparing their bytes.
 */
final class PartRow {
  private static final int KEY_BYTES = 16;
  private static final int ID_BYTES = 32;
  private static final int FIXED_BYTES =
      KEY_BYTES + 1 + 8 + 4 + 8 + ID_BYTES + 1 + 1 + 4 + 8 + 4 + 16;

  /** What a row became. */
  enum Kind {
    REJECTED(0),
    CONVERSATION(1),
    TEXT(2);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    private static Kind of(int code) {
      return switch (code) {
        case 0 -> REJECTED;
        case 1 -> CONVERSATION;
        case 2 -> TEXT;
        default -> throw new IllegalArgumentException("no kind of row: " + code);
      };
    }
  }

  /** What records are sorted by, and then by the rest of these three. */
  enum Order {
    /** Deliveries of one row stand together, the first of the lowest partition first. */
    ROW,
    /** Equal examples stand together, the one that stood first in the earliest upload first. */
    EXAMPLE,
    /** The order of the uploads and of their lines; row events come last. */
    STANDING
  }

  /** Digest of the row's id. */
  final byte[] key;

  final int partition;
  final long offset;

  /** Index of the upload among the version's; behind all for a row event. */
  final int upload;

  final long line;

  /** The example's id; zeros of a rejected row. */
  final byte[] id;

  final Kind kind;

  /** Number of the split on the wire. */
  final int split;

  /** A bit for each step of cleaning that changed the example. */
  final int changed;

  /** Where the example or the rejection stands among the part's texts. */
  final long textOffset;

  final int textBytes;

  /** Digests of what is asked and of the answer, however they are spaced or capitalised. */
  final long question;

  final long answer;

  /** Hashes of the bands of the MinHash signature; zeros where they are not looked at. */
  final long[] bands;

  PartRow(
      byte[] key,
      int partition,
      long offset,
      int upload,
      long line,
      byte[] id,
      Kind kind,
      int split,
      int changed,
      long textOffset,
      int textBytes,
      long question,
      long answer,
      long[] bands) {
    this.key = key;
    this.partition = partition;
    this.offset = offset;
    this.upload = upload;
    this.line = line;
    this.id = id;
    this.kind = kind;
    this.split = split;
    this.changed = changed;
    this.textOffset = textOffset;
    this.textBytes = textBytes;
    this.question = question;
    this.answer = answer;
    this.bands = bands;
  }

  /** Bytes of a record. */
  static int bytes(int bands) {
    return FIXED_BYTES + bands * Long.BYTES;
  }

  /** The record of an order. */
  byte[] encode(Order order) {
    ByteBuffer to = ByteBuffer.allocate(bytes(bands.length));
    switch (order) {
      case ROW -> {
        putRow(to);
        putStanding(to);
        to.put(id);
      }
      case EXAMPLE -> {
        to.put(id);
        putStanding(to);
        putRow(to);
      }
      case STANDING -> {
        putStanding(to);
        putRow(to);
        to.put(id);
      }
    }
    to.put((byte) kind.code).put((byte) split).putInt(changed);
    to.putLong(textOffset).putInt(textBytes).putLong(question).putLong(answer);
    for (long band : bands) {
      to.putLong(band);
    }
    return to.array();
  }

  private void putRow(ByteBuffer to) {
    to.put(key).put((byte) partition).putLong(offset);
  }

  private void putStanding(ByteBuffer to) {
    to.putInt(upload).putLong(line);
  }

  /** Reads a record of an order. */
  static PartRow decode(byte[] bytes, Order order) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    int row = KEY_BYTES + 1 + Long.BYTES;
    int standing = Integer.BYTES + Long.BYTES;
    int rowAt =
        switch (order) {
          case ROW -> 0;
          case EXAMPLE -> ID_BYTES + standing;
          case STANDING -> standing;
        };
    int standingAt =
        switch (order) {
          case ROW -> row;
          case EXAMPLE -> ID_BYTES;
          case STANDING -> 0;
        };
    int idAt = order == Order.EXAMPLE ? 0 : row + standing;
    int rest = row + standing + ID_BYTES;
    long[] bands = new long[(bytes.length - FIXED_BYTES) / Long.BYTES];
    for (int i = 0; i < bands.length; i++) {
      bands[i] = from.getLong(FIXED_BYTES + i * Long.BYTES);
    }
    return new PartRow(
        Arrays.copyOfRange(bytes, rowAt, rowAt + KEY_BYTES),
        from.get(rowAt + KEY_BYTES),
        from.getLong(rowAt + KEY_BYTES + 1),
        from.getInt(standingAt),
        from.getLong(standingAt + Integer.BYTES),
        Arrays.copyOfRange(bytes, idAt, idAt + ID_BYTES),
        Kind.of(from.get(rest)),
        from.get(rest + 1),
        from.getInt(rest + 2),
        from.getLong(rest + 6),
        from.getInt(rest + 14),
        from.getLong(rest + 18),
        from.getLong(rest + 26),
        bands);
  }

  boolean isSameRow(PartRow other) {
    return Arrays.equals(key, other.key);
  }

  boolean isEqualExample(PartRow other) {
    return Arrays.equals(id, other.id);
  }
}
