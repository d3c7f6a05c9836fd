package dev.tuneline.platform.tables.columnar;

import static dev.tuneline.platform.tables.columnar.DamagedFile.required;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.TimestampType;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.jspecify.annotations.Nullable;

/** Makes the schema that record assembly works by of the flat list in a Parquet file's footer. */
final class ParquetSchema {
  private final List<SchemaElement> elements;
  private final int maxDepth;
  private int next;

  private ParquetSchema(List<SchemaElement> elements, int maxDepth) {
    this.elements = elements;
    this.maxDepth = maxDepth;
  }

  /**
   * The schema.
   *
   * @throws IllegalArgumentException when the list makes none
   */
  static MessageType of(List<SchemaElement> elements, int maxDepth) {
    ParquetSchema schema = new ParquetSchema(elements, maxDepth);
    SchemaElement root = schema.take();
    return new MessageType(root.getName(), schema.children(root, 0));
  }

  private SchemaElement take() {
    if (next == elements.size()) {
      throw new IllegalArgumentException("the schema is cut off");
    }
    return elements.get(next++);
  }

  private List<Type> children(SchemaElement parent, int depth) {
    if (depth > maxDepth) {
      throw new IllegalArgumentException("columns are nested deeper than " + maxDepth);
    }
    List<Type> children = new ArrayList<>();
    for (int i = 0; i < parent.getNum_children(); i++) {
      children.add(type(take(), depth));
    }
    return children;
  }

  private Type type(SchemaElement element, int depth) {
    Type.Repetition repetition =
        Type.Repetition.valueOf(required(element.getRepetition_type()).name());
    LogicalTypeAnnotation annotation = annotation(element);
    if (!element.isSetType()) {
      List<Type> children = children(element, depth + 1);
      return annotation == null
          ? new GroupType(repetition, element.getName(), children)
          : Types.buildGroup(repetition)
              .addFields(children.toArray(Type[]::new))
              .as(annotation)
              .named(element.getName());
    }
    PrimitiveTypeName primitive =
        element.getType() == org.apache.parquet.format.Type.BYTE_ARRAY
            ? PrimitiveTypeName.BINARY
            : PrimitiveTypeName.valueOf(required(element.getType()).name());
    Types.PrimitiveBuilder<PrimitiveType> builder = Types.primitive(primitive, repetition);
    return builder.length(element.getType_length()).as(annotation).named(element.getName());
  }

  /** What matters for reading: texts, lists, maps, decimals, dates and times. */
  private static @Nullable LogicalTypeAnnotation annotation(SchemaElement element) {
    if (element.isSetLogicalType()) {
      LogicalType type = required(element.getLogicalType());
      if (type.isSetDECIMAL()) {
        return LogicalTypeAnnotation.decimalType(
            type.getDECIMAL().getScale(), type.getDECIMAL().getPrecision());
      }
      if (type.isSetTIMESTAMP()) {
        return timestamp(type.getTIMESTAMP());
      }
      if (type.isSetLIST()) {
        return LogicalTypeAnnotation.listType();
      }
      if (type.isSetMAP()) {
        return LogicalTypeAnnotation.mapType();
      }
      if (type.isSetDATE()) {
        return LogicalTypeAnnotation.dateType();
      }
      if (type.isSetINTEGER()) {
        return LogicalTypeAnnotation.intType(
            type.getINTEGER().getBitWidth(), type.getINTEGER().isIsSigned());
      }
    }
    ConvertedType converted = element.getConverted_type();
    return switch (converted) {
      case null -> null;
      case LIST -> LogicalTypeAnnotation.listType();
      case MAP, MAP_KEY_VALUE -> LogicalTypeAnnotation.mapType();
      case DATE -> LogicalTypeAnnotation.dateType();
      case DECIMAL -> LogicalTypeAnnotation.decimalType(element.getScale(), element.getPrecision());
      case TIMESTAMP_MILLIS ->
          LogicalTypeAnnotation.timestampType(true, LogicalTypeAnnotation.TimeUnit.MILLIS);
      case TIMESTAMP_MICROS ->
          LogicalTypeAnnotation.timestampType(true, LogicalTypeAnnotation.TimeUnit.MICROS);
      case UINT_32 -> LogicalTypeAnnotation.intType(32, false);
      case UINT_64 -> LogicalTypeAnnotation.intType(64, false);
      default -> null;
    };
  }

  private static LogicalTypeAnnotation timestamp(TimestampType type) {
    LogicalTypeAnnotation.TimeUnit unit =
        required(type.getUnit()).isSetMILLIS()
            ? LogicalTypeAnnotation.TimeUnit.MILLIS
            : required(type.getUnit()).isSetMICROS()
                ? LogicalTypeAnnotation.TimeUnit.MICROS
                : LogicalTypeAnnotation.TimeUnit.NANOS;
    return LogicalTypeAnnotation.timestampType(type.isIsAdjustedToUTC(), unit);
  }
}
