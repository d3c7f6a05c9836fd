package dev.tuneline.engine.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Turns the elements of weight files into fp32; sizes are not bounded by an int. */
final class Elements {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat OUT = ValueLayout.JAVA_FLOAT_UNALIGNED;

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
}
