package dev.tuneline.platform.tables.columnar;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DateLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.DecimalLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.IntLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.MapLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/** Values of assembled Parquet records, as {@link RowBuilder} takes them. */
final class ParquetValues {
  private static final long JULIAN_DAY_OF_1970 = 2_440_588;

  private ParquetValues() {}

  /** A record's values, one for each column. */
  static List<@Nullable Object> of(Group row) {
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < row.getType().getFieldCount(); i++) {
      values.add(field(row, i));
    }
    return values;
  }

  private static @Nullable Object field(Group group, int field) {
    int count = group.getFieldRepetitionCount(field);
    if (group.getType().getType(field).isRepetition(Type.Repetition.REPEATED)) {
      List<@Nullable Object> values = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        values.add(value(group, field, i));
      }
      return values;
    }
    return count == 0 ? null : value(group, field, 0);
  }

  private static @Nullable Object value(Group group, int field, int index) {
    Type type = group.getType().getType(field);
    if (type.isPrimitive()) {
      return primitive(group, field, index, type);
    }
    Group value = group.getGroup(field, index);
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    if (annotation instanceof ListLogicalTypeAnnotation
        && type.asGroupType().getFieldCount() == 1) {
      return list(value);
    }
    if (annotation instanceof MapLogicalTypeAnnotation && type.asGroupType().getFieldCount() == 1) {
      return map(value);
    }
    return struct(value);
  }

  /** A list is a group around a repeated one, which most writers put around the element. */
  private static List<@Nullable Object> list(Group list) {
    Type repeated = list.getType().getType(0);
    boolean wrapped =
        !repeated.isPrimitive()
            && repeated.asGroupType().getFieldCount() == 1
            && !repeated.getName().equals("array")
            && !repeated.getName().endsWith("_tuple");
    List<@Nullable Object> values = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      values.add(wrapped ? field(list.getGroup(0, i), 0) : value(list, 0, i));
    }
    return values;
  }

  private static Map<String, @Nullable Object> map(Group map) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < map.getFieldRepetitionCount(0); i++) {
      Group entry = map.getGroup(0, i);
      values.put(
          String.valueOf(field(entry, 0)),
          entry.getType().getFieldCount() > 1 ? field(entry, 1) : null);
    }
    return values;
  }

  private static Map<String, @Nullable Object> struct(Group group) {
    GroupType type = group.getType();
    Map<String, @Nullable Object> values = new LinkedHashMap<>();
    for (int i = 0; i < type.getFieldCount(); i++) {
      values.put(type.getFieldName(i), field(group, i));
    }
    return values;
  }

  private static Object primitive(Group group, int field, int index, Type type) {
    LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
    return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
      case BOOLEAN -> group.getBoolean(field, index);
      case FLOAT -> group.getFloat(field, index);
      case DOUBLE -> group.getDouble(field, index);
      case INT32 -> whole(group.getInteger(field, index), annotation, true);
      case INT64 -> whole(group.getLong(field, index), annotation, false);
      case INT96 -> instant(group.getInt96(field, index));
      case BINARY, FIXED_LEN_BYTE_ARRAY -> {
        Binary bytes = group.getBinary(field, index);
        yield annotation instanceof DecimalLogicalTypeAnnotation decimal
            ? new BigDecimal(new BigInteger(bytes.getBytes()), decimal.getScale())
            : text(bytes);
      }
    };
  }

  private static Object whole(
      long value, @Nullable LogicalTypeAnnotation annotation, boolean narrow) {
    return switch (annotation) {
      case DecimalLogicalTypeAnnotation decimal -> BigDecimal.valueOf(value, decimal.getScale());
      case DateLogicalTypeAnnotation _ -> LocalDate.ofEpochDay(value).toString();
      case IntLogicalTypeAnnotation whole when !whole.isSigned() && value < 0 ->
          narrow ? (Object) (value & 0xFFFFFFFFL) : new BigInteger(Long.toUnsignedString(value));
      case TimestampLogicalTypeAnnotation time -> {
        long perSecond =
            switch (time.getUnit()) {
              case MILLIS -> 1_000L;
              case MICROS -> 1_000_000L;
              case NANOS -> 1_000_000_000L;
            };
        yield Instant.ofEpochSecond(
                Math.floorDiv(value, perSecond),
                Math.floorMod(value, perSecond) * (1_000_000_000L / perSecond))
            .toString();
      }
      case null, default -> value;
    };
  }

  private static Object instant(Binary bytes) {
    var buffer = bytes.toByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    long nanos = buffer.getLong();
    long day = buffer.getInt() - JULIAN_DAY_OF_1970;
    return Instant.ofEpochSecond(day * 86_400, nanos).toString();
  }

  private static Object text(Binary bytes) {
    try {
      return UTF_8.newDecoder().decode(bytes.toByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      return RowBuilder.Unreadable.UNDECODABLE;
    }
  }
}
