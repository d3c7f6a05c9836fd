package dev.tuneline.platform.tables.columnar;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Unpacks LZ4, by the block and frame formats at https://github.com/lz4/lz4/tree/dev/doc. Blocks of
 * a frame may refer to earlier ones; check sums are not looked at.
 */
final class Lz4 {
  private static final int FRAME_MAGIC = 0x184D2204;

  private Lz4() {}

  /** Unpacks a frame of as many bytes as {@code target} has. */
  static void unpackFrame(byte[] packed, byte[] target) {
    ByteBuffer in = ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    if (in.getInt() != FRAME_MAGIC) {
      throw new IllegalArgumentException("no LZ4 frame");
    }
    int flags = in.get();
    in.get();
    boolean blockSums = (flags & 0x10) != 0;
    boolean contentSize = (flags & 0x08) != 0;
    in.position(in.position() + (contentSize ? 8 : 0) + ((flags & 1) != 0 ? 4 : 0) + 1);
    int at = 0;
    for (int size = in.getInt(); size != 0; size = in.getInt()) {
      int length = size & 0x7FFFFFFF;
      if (length > in.remaining()) {
        throw new IllegalArgumentException("an LZ4 block is cut off");
      }
      if (size < 0) {
        in.get(target, at, length);
        at += length;
      } else {
        at = unpackBlock(packed, in.position(), length, target, at);
        in.position(in.position() + length);
      }
      if (blockSums) {
        in.getInt();
      }
    }
    if (at != target.length) {
      throw new IllegalArgumentException("an LZ4 frame is too short");
    }
  }

  /** Unpacks a block and returns where its bytes end in the target. */
  static int unpackBlock(byte[] packed, int from, int length, byte[] target, int start) {
    int in = from;
    final int end = from + length;
    int out = start;
    while (in < end) {
      int token = packed[in++] & 0xFF;
      int literals = token >>> 4;
      if (literals == 15) {
        int more;
        do {
          more = packed[in++] & 0xFF;
          literals = Math.addExact(literals, more);
        } while (more == 255);
      }
      if (literals > end - in || literals > target.length - out) {
        throw new IllegalArgumentException("an LZ4 block is malformed");
      }
      System.arraycopy(packed, in, target, out, literals);
      in += literals;
      out += literals;
      if (in >= end) {
        break;
      }
      int distance = (packed[in++] & 0xFF) | (packed[in++] & 0xFF) << 8;
      int copies = (token & 15) + 4;
      if ((token & 15) == 15) {
        int more;
        do {
          more = packed[in++] & 0xFF;
          copies = Math.addExact(copies, more);
        } while (more == 255);
      }
      if (distance == 0 || distance > out || copies > target.length - out) {
        throw new IllegalArgumentException("an LZ4 block is malformed");
      }
      for (int i = 0; i < copies; i++, out++) {
        target[out] = target[out - distance];
      }
    }
    return out;
  }
}
