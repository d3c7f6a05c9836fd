package dev.tuneline.platform.tables.columnar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A column of a record batch. */
sealed interface ArrowColumn {
  int length();

  /** The bits that say which values are there, or null when all are. */
  @Nullable ByteBuffer valid();

  /** A value that is there, as {@link RowBuilder} takes it. */
  @Nullable Object present(int i);

  /** The value, null when there is none. */
  default @Nullable Object value(int i) {
    ByteBuffer bits = valid();
    return bits == null || (bits.get(i >> 3) >> (i & 7) & 1) != 0 ? present(i) : null;
  }

  /** No values at all. */
  record Nothing(int length) implements ArrowColumn {
    @Override
    public @Nullable ByteBuffer valid() {
      return null;
    }

    @Override
    public @Nullable Object present(int i) {
      return null;
    }
  }

  /** Places in another column. */
  record Coded(int length, @Nullable ByteBuffer valid, Whole index, ArrowColumn values)
      implements ArrowColumn {
    @Override
    public @Nullable Object present(int i) {
      return values.value(Math.toIntExact((Long) index.present(i)));
    }
  }

  /** Texts, one after the other. */
  record Bytes(
      int length, @Nullable ByteBuffer valid, ByteBuffer offsets, int width, ByteBuffer data)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      int from = offset(offsets, width, i);
      return text(data, from, offset(offsets, width, i + 1) - from);
    }
  }

  /** Texts, the short ones in place and the others in some buffer. */
  record Views(int length, @Nullable ByteBuffer valid, ByteBuffer views, List<ByteBuffer> data)
      implements ArrowColumn {
    private static final int INLINE_BYTES = 12;

    @Override
    public Object present(int i) {
      int size = views.getInt(16 * i);
      return size <= INLINE_BYTES
          ? text(views, 16 * i + 4, size)
          : text(data.get(views.getInt(16 * i + 8)), views.getInt(16 * i + 12), size);
    }
  }

  /** Texts of one width. */
  record Fixed(int length, @Nullable ByteBuffer valid, ByteBuffer data, int width)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      return text(data, Math.multiplyExact(i, width), width);
    }
  }

  /** Whole numbers. */
  record Whole(int length, @Nullable ByteBuffer valid, ByteBuffer data, int bits, boolean signed)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      return switch (bits) {
        case 8 -> signed ? (long) data.get(i) : (long) Byte.toUnsignedInt(data.get(i));
        case 16 ->
            signed ? (long) data.getShort(2 * i) : (long) Short.toUnsignedInt(data.getShort(2 * i));
        case 32 -> signed ? (long) data.getInt(4 * i) : Integer.toUnsignedLong(data.getInt(4 * i));
        case 64 -> {
          long value = data.getLong(8 * i);
          yield signed || value >= 0
              ? (Object) value
              : new BigInteger(Long.toUnsignedString(value));
        }
        default -> throw new IllegalArgumentException("whole numbers of " + bits + " bits");
      };
    }
  }

  /** Numbers of half (0), single (1) or double (2) precision. */
  record Floating(int length, @Nullable ByteBuffer valid, ByteBuffer data, int precision)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      return switch (precision) {
        case 0 -> Float.float16ToFloat(data.getShort(2 * i));
        case 1 -> data.getFloat(4 * i);
        default -> data.getDouble(8 * i);
      };
    }
  }

  /** Decimal numbers. */
  record Decimals(int length, @Nullable ByteBuffer valid, ByteBuffer data, int width, int scale)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      byte[] digits = new byte[width];
      for (int b = 0; b < width; b++) {
        digits[width - 1 - b] = data.get(i * width + b);
      }
      return new BigDecimal(new BigInteger(digits), scale);
    }
  }

  /** True or false. */
  record Flags(int length, @Nullable ByteBuffer valid, ByteBuffer data) implements ArrowColumn {
    @Override
    public Object present(int i) {
      return (data.get(i >> 3) >> (i & 7) & 1) != 0;
    }
  }

  /** Dates, as days or milliseconds since 1970. */
  record Days(int length, @Nullable ByteBuffer valid, ByteBuffer data, boolean days)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      long day = days ? data.getInt(4 * i) : Math.floorDiv(data.getLong(8 * i), 86_400_000L);
      return LocalDate.ofEpochDay(day).toString();
    }
  }

  /** Points in time. */
  record Instants(int length, @Nullable ByteBuffer valid, ByteBuffer data, long perSecond)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      long value = data.getLong(8 * i);
      long nanos = Math.floorMod(value, perSecond) * (1_000_000_000L / perSecond);
      return Instant.ofEpochSecond(Math.floorDiv(value, perSecond), nanos).toString();
    }
  }

  /** Lists, one after the other. */
  record Lists(
      int length, @Nullable ByteBuffer valid, ByteBuffer offsets, int width, ArrowColumn elements)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      return list(elements, offset(offsets, width, i), offset(offsets, width, i + 1));
    }
  }

  /** Lists of one size. */
  record FixedLists(int length, @Nullable ByteBuffer valid, int size, ArrowColumn elements)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      return list(elements, Math.multiplyExact(i, size), Math.multiplyExact(i + 1, size));
    }
  }

  /** Values with names. */
  record Structs(
      int length, @Nullable ByteBuffer valid, List<String> names, List<ArrowColumn> members)
      implements ArrowColumn {
    @Override
    public Object present(int i) {
      Map<String, @Nullable Object> values = LinkedHashMap.newLinkedHashMap(names.size());
      for (int m = 0; m < names.size(); m++) {
        values.put(names.get(m), members.get(m).value(i));
      }
      return values;
    }
  }

  private static int offset(ByteBuffer offsets, int width, int i) {
    return width == 4 ? offsets.getInt(4 * i) : Math.toIntExact(offsets.getLong(8 * i));
  }

  private static List<@Nullable Object> list(ArrowColumn elements, int from, int to) {
    if (from < 0 || to < from || to > elements.length()) {
      throw new IllegalArgumentException("a list lies outside of its elements");
    }
    List<@Nullable Object> values = new ArrayList<>(to - from);
    for (int i = from; i < to; i++) {
      values.add(elements.value(i));
    }
    return values;
  }

  private static Object text(ByteBuffer data, int from, int length) {
    try {
      return UTF_8.newDecoder().decode(data.slice(from, length)).toString();
    } catch (CharacterCodingException e) {
      return RowBuilder.Unreadable.UNDECODABLE;
    }
  }
}
