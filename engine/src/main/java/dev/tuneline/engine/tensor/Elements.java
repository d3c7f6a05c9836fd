package dev.tuneline.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Turns the elements of weight files into others; sizes are not bounded by an int. */
final class Elements {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat OUT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private static final ValueLayout.OfShort SHORT_OUT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final int PART = 1 << 16;

  private Elements() {}

  /** Writes all little-endian elements of {@code source} as fp32 in native order. */
  static void widen(DType dtype, MemorySegment source, MemorySegment target) {
    long count = source.byteSize() / dtype.bytes();
    switch (dtype) {
      case F32 -> MemorySegment.copy(source, FLOAT, 0, target, OUT, 0, count);
      case F16 -> {
        for (long i = 0; i < count; i++) {
          short bits = source.get(SHORT, i * Short.BYTES);
          target.set(OUT, i * Float.BYTES, Float.float16ToFloat(bits));
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          int bits = source.get(SHORT, i * Short.BYTES) << 16;
          target.set(OUT, i * Float.BYTES, Float.intBitsToFloat(bits));
        }
      }
      case F64 -> {
        for (long i = 0; i < count; i++) {
          double value = Double.longBitsToDouble(source.get(LONG, i * Double.BYTES));
          target.set(OUT, i * Float.BYTES, (float) value);
        }
      }
      case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, I32, U32, I64, U64 ->
          throw new IllegalArgumentException(dtype + " is not read as weights");
    }
  }

  /**
   * Writes all little-endian elements of {@code source} as {@code narrow}, F32, F16 or BF16, in
   * native order, rounded to the nearest, ties to even.
   */
  static void convert(DType dtype, MemorySegment source, DType narrow, MemorySegment target) {
    long count = source.byteSize() / dtype.bytes();
    if (dtype == narrow) {
      target.copyFrom(source);
      return;
    }
    if (narrow == DType.F32) {
      widen(dtype, source, target);
      return;
    }
    float[] part = new float[(int) Math.min(count, PART)];
    for (long first = 0; first < count; first += PART) {
      int length = (int) Math.min(PART, count - first);
      long bytes = dtype.bytes();
      widen(dtype, source.asSlice(first * bytes, length * bytes), MemorySegment.ofArray(part));
      for (int i = 0; i < length; i++) {
        switch (narrow) {
          case F16 -> {
            short half = Float.floatToFloat16(part[i]);
            target.set(SHORT_OUT, (first + i) * Short.BYTES, half);
          }
          case BF16 -> target.set(SHORT_OUT, (first + i) * Short.BYTES, bfloat16(part[i]));
          case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, I32, U32, I64, U64, F32, F64 ->
              throw new IllegalArgumentException(narrow + " is not written");
        }
      }
    }
  }

  private static short bfloat16(float value) {
    int bits = Float.floatToIntBits(value);
    return Float.isNaN(value)
        ? (short) 0x7fc0
        : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }
}
