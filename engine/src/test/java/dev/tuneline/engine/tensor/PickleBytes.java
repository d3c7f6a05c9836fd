package dev.tuneline.engine.tensor;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Writes pickles opcode by opcode, honest ones and others. */
final class PickleBytes {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  PickleBytes() {
    raw(0x80, 2);
  }

  PickleBytes raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  PickleBytes op(char opcode) {
    return raw(opcode);
  }

  PickleBytes text(String value) {
    byte[] bytes = value.getBytes(UTF_8);
    op('X').int32(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  PickleBytes line(String value) {
    out.writeBytes((value + "\n").getBytes(UTF_8));
    return this;
  }

  PickleBytes global(String module, String name) {
    return op('c').line(module).line(name);
  }

  /** LONG1 with eight bytes. */
  PickleBytes number(long value) {
    raw(0x8a, 8);
    out.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
    return this;
  }

  PickleBytes int32(int value) {
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    return this;
  }

  PickleBytes numbers(long... values) {
    op('(');
    for (long value : values) {
      number(value);
    }
    return op('t');
  }

  PickleBytes storage(String type, String key, long elements) {
    return op('(')
        .text("storage")
        .global("torch", type)
        .text(key)
        .text("cpu")
        .number(elements)
        .op('t')
        .op('Q');
  }

  /** {"w": a tensor over storage 0 with this claim}. */
  static PickleBytes oneTensor(long elements, long offset, long[] dims, long[] strides) {
    return new PickleBytes().op('}').tensor("w", "0", elements, offset, dims, strides);
  }

  /** Puts a tensor of fp32 into the dictionary on the stack. */
  PickleBytes tensor(
      String name, String key, long elements, long offset, long[] dims, long[] strides) {
    return text(name)
        .global("torch._utils", "_rebuild_tensor_v2")
        .op('(')
        .storage("FloatStorage", key, elements)
        .number(offset)
        .numbers(dims)
        .numbers(strides)
        .raw(0x89)
        .global("collections", "OrderedDict")
        .op(')')
        .op('R')
        .op('t')
        .op('R')
        .op('s');
  }

  /** With STOP at its end. */
  byte[] bytes() {
    byte[] pickle = out.toByteArray();
    byte[] stopped = java.util.Arrays.copyOf(pickle, pickle.length + 1);
    stopped[pickle.length] = '.';
    return stopped;
  }
}
