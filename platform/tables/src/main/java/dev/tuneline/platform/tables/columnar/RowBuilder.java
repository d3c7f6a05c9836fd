package dev.tuneline.platform.tables.columnar;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.CellType;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableRecord;
import java.io.IOException;
import java.io.StringWriter;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of values: null, texts, numbers, booleans, lists, maps from text, and {@link
 * Unreadable}.
 */
final class RowBuilder {
  /** Stands for a value that cannot be read. */
  enum Unreadable {
    /** Bytes that should be a text and are none. */
    UNDECODABLE
  }

  private static final JsonFactory JSON = new JsonFactory();

  private final List<String> columns;
  private final TableLimits limits;

  /**
   * @throws Problem DUPLICATE_COLUMN or TOO_MANY_COLUMNS
   */
  RowBuilder(List<String> columns, String file, TableLimits limits) {
    this.columns = List.copyOf(columns);
    this.limits = limits;
    if (columns.size() > limits.maxColumns()) {
      throw Problem.caller(
              "TOO_MANY_COLUMNS",
              "the table has %d columns, at most %d are read"
                  .formatted(columns.size(), limits.maxColumns()))
          .at(Problem.FILE, file)
          .mend("remove columns that are not needed");
    }
    Set<String> seen = new HashSet<>();
    for (String column : columns) {
      if (!seen.add(column)) {
        throw Problem.caller("DUPLICATE_COLUMN", "two columns are called '" + column + "'")
            .at(Problem.FILE, file)
            .at(Problem.COLUMN, column)
            .mend("rename or remove one of them");
      }
    }
  }

  List<String> columns() {
    return columns;
  }

  /**
   * The record of a row.
   *
   * @param number its 1-based number
   * @param values one for each column
   */
  TableRecord row(long number, List<@Nullable Object> values) {
    Map<String, String> cells = LinkedHashMap.newLinkedHashMap(columns.size());
    Map<String, CellType> types = new HashMap<>();
    long bytes = 0;
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      Object value = values.get(i);
      if (value instanceof Unreadable) {
        return new TableRecord.Rejected(
            number, column, Flaw.UNDECODABLE, "the cell's bytes are not UTF-8; write it as text");
      }
      String cell = cell(value);
      if (cell.indexOf('\0') >= 0) {
        return new TableRecord.Rejected(
            number, column, Flaw.NUL_CHARACTER, "the cell holds a NUL character; remove it");
      }
      int size = cell.length() > limits.maxCellBytes() / 3 ? cell.getBytes(UTF_8).length : 0;
      bytes += Math.max(size, cell.length());
      if (size > limits.maxCellBytes()) {
        return new TableRecord.Rejected(
            number,
            column,
            Flaw.CELL_TOO_LARGE,
            "the cell has more than %d bytes; shorten it".formatted(limits.maxCellBytes()));
      }
      if (bytes > limits.maxRowBytes()) {
        return new TableRecord.Rejected(
            number,
            column,
            Flaw.ROW_TOO_LARGE,
            "the row has more than %d bytes; shorten it".formatted(limits.maxRowBytes()));
      }
      cells.put(column, cell);
      if (!(value instanceof String)) {
        types.put(column, type(value));
      }
    }
    return new TableRecord.Row(number, cells, types);
  }

  private static CellType type(@Nullable Object value) {
    return switch (value) {
      case null -> CellType.NULL;
      case Number _ -> CellType.NUMBER;
      case Boolean _ -> CellType.FLAG;
      case List<?> _, Map<?, ?> _ -> CellType.NESTED;
      default -> CellType.TEXT;
    };
  }

  private static String cell(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case List<?> list -> json(list);
      case Map<?, ?> map -> json(map);
      default -> value.toString();
    };
  }

  private static String json(Object value) {
    StringWriter text = new StringWriter();
    try (JsonGenerator out = JSON.createGenerator(text)) {
      write(value, out);
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory can always be written", e);
    }
    return text.toString();
  }

  private static void write(@Nullable Object value, JsonGenerator out) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case List<?> list -> {
        out.writeStartArray();
        for (Object element : list) {
          write(element, out);
        }
        out.writeEndArray();
      }
      case Map<?, ?> map -> {
        out.writeStartObject();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.writeFieldName(String.valueOf(entry.getKey()));
          write(entry.getValue(), out);
        }
        out.writeEndObject();
      }
      case Number number -> out.writeNumber(number.toString());
      case Boolean flag -> out.writeBoolean(flag);
      default -> out.writeString(value instanceof Unreadable ? "\uFFFD" : value.toString());
    }
  }
}
