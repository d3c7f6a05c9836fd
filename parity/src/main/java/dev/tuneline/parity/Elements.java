package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.TensorEntry;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;

/** The elements of a tensor in a file, exact. */
final class Elements {
  private Elements() {}

  static void check(Checks checks, SafetensorsFile file, TensorEntry entry, JsonNode expected) {
    checks.same(entry.name() + " elements", entry.elements(), (long) expected.size());
    if (entry.elements() != expected.size()) {
      return;
    }
    switch (entry.dtype()) {
      case F32, F16, BF16 -> checks.close(entry.name(), file.floats(entry.name()), expected, 0);
      case F64, F8_E4M3, F8_E5M2 -> {
        double[] actual = new double[expected.size()];
        for (int i = 0; i < actual.length; i++) {
          actual[i] = real(file, entry, i);
        }
        checks.close(entry.name(), actual, Json.doubles(expected), 0);
      }
      case I64, U64, I32, U32, I16, U16, I8, U8, BOOL -> {
        for (int i = 0; i < expected.size(); i++) {
          checks.same(
              "%s[%d]".formatted(entry.name(), i), whole(file, entry, i), integer(expected.get(i)));
        }
      }
    }
  }

  private static BigInteger integer(JsonNode node) {
    return node.isBoolean()
        ? node.booleanValue() ? BigInteger.ONE : BigInteger.ZERO
        : new BigInteger(node.asText());
  }

  private static double real(SafetensorsFile file, TensorEntry entry, int i) {
    MemorySegment bytes = file.bytes(entry.name());
    return switch (entry.dtype()) {
      case F64 -> bytes.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, i * 8L);
      case F8_E4M3 -> small(bytes.get(ValueLayout.JAVA_BYTE, i), 3, 7, false);
      case F8_E5M2 -> small(bytes.get(ValueLayout.JAVA_BYTE, i), 2, 15, true);
      default -> throw new IllegalArgumentException(entry.dtype().name());
    };
  }

  /** An eight-bit float (Micikevicius et al. 2022). */
  private static double small(byte bits, int mantissaBits, int bias, boolean infinities) {
    int exponents = 1 << (7 - mantissaBits);
    int exponent = (bits & 127) >> mantissaBits;
    int mantissa = bits & ((1 << mantissaBits) - 1);
    double fraction = (double) mantissa / (1 << mantissaBits);
    double magnitude =
        exponent == 0 ? Math.scalb(fraction, 1 - bias) : Math.scalb(1 + fraction, exponent - bias);
    if (infinities && exponent == exponents - 1) {
      magnitude = mantissa == 0 ? Double.POSITIVE_INFINITY : Double.NaN;
    } else if (!infinities && (bits & 127) == 127) {
      magnitude = Double.NaN;
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  private static BigInteger whole(SafetensorsFile file, TensorEntry entry, int i) {
    MemorySegment bytes = file.bytes(entry.name());
    return switch (entry.dtype()) {
      case I64 -> BigInteger.valueOf(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L));
      case U64 ->
          new BigInteger(Long.toUnsignedString(bytes.get(ValueLayout.JAVA_LONG_UNALIGNED, i * 8L)));
      case I32 -> BigInteger.valueOf(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, i * 4L));
      case U32 ->
          BigInteger.valueOf(
              Integer.toUnsignedLong(bytes.get(ValueLayout.JAVA_INT_UNALIGNED, i * 4L)));
      case I16 -> BigInteger.valueOf(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L));
      case U16 ->
          BigInteger.valueOf(
              Short.toUnsignedInt(bytes.get(ValueLayout.JAVA_SHORT_UNALIGNED, i * 2L)));
      case I8, BOOL -> BigInteger.valueOf(bytes.get(ValueLayout.JAVA_BYTE, i));
      case U8 -> BigInteger.valueOf(Byte.toUnsignedInt(bytes.get(ValueLayout.JAVA_BYTE, i)));
      default -> throw new IllegalArgumentException(entry.dtype().name());
    };
  }
}
