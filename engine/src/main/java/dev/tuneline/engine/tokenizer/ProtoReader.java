package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads one protobuf message field by field; damaged input is an {@link IllegalArgumentException}.
 */
final class ProtoReader {
  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED_32 = 5;

  private final ByteBuffer in;
  private int tag;

  ProtoReader(ByteBuffer message) {
    this.in = message.slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Moves to the next field; false at the message's end. */
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    tag = Math.toIntExact(varint());
    return true;
  }

  /** The number of the field that this is at. */
  int field() {
    return tag >>> 3;
  }

  /** The field's number; only for fields that hold one. */
  long number() {
    require(VARINT);
    return varint();
  }

  /** The field's fp32 value. */
  float real() {
    require(FIXED_32);
    return need(Float.BYTES).getFloat();
  }

  /** The field's bytes, a message perhaps. */
  ByteBuffer bytes() {
    require(BYTES);
    int length = length();
    ByteBuffer bytes = in.slice(in.position(), length);
    in.position(in.position() + length);
    return bytes;
  }

  /** The field's text. */
  String text() {
    return UTF_8.decode(bytes()).toString();
  }

  /** Leaves the field out. */
  void skip() {
    switch (tag & 7) {
      case VARINT -> varint();
      case FIXED_64 -> need(Long.BYTES).getLong();
      case BYTES -> bytes();
      case FIXED_32 -> need(Integer.BYTES).getInt();
      default -> throw new IllegalArgumentException("a field of unknown kind");
    }
  }

  private int length() {
    long length = varint();
    if (length < 0 || length > in.remaining()) {
      throw new IllegalArgumentException("a field reaches past the end");
    }
    return (int) length;
  }

  private long varint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte part = need(1).get();
      value |= (long) (part & 0x7f) << shift;
      if (part >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number without end");
  }

  private ByteBuffer need(int bytes) {
    if (in.remaining() < bytes) {
      throw new IllegalArgumentException("truncated");
    }
    return in;
  }

  private void require(int kind) {
    if ((tag & 7) != kind) {
      throw new IllegalArgumentException("field %d is of another kind".formatted(field()));
    }
  }
}
