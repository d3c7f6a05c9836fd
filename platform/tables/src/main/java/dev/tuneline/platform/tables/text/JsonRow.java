package dev.tuneline.platform.tables.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import dev.tuneline.platform.tables.CellType;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableRecord;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record of one JSON object's text.
 *
 * <p>Texts are cells as they are, null is the empty cell, numbers and booleans are spelled as in
 * the file, and what is nested is kept as JSON text.
 */
final class JsonRow {
  private final TableLimits limits;
  private final JsonFactory json;

  JsonRow(TableLimits limits) {
    this.limits = limits;
    this.json =
        JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(limits.maxDepth())
                    .maxStringLength(limits.maxRowBytes())
                    .build())
            .build();
  }

  /**
   * The record.
   *
   * @param line where it begins
   * @param text the object, or null when its bytes are not UTF-8
   */
  TableRecord read(long line, @Nullable String text) {
    if (text == null) {
      return rejected(
          line, "", Flaw.UNDECODABLE, "bytes are not of the file's encoding; save it as UTF-8");
    }
    Map<String, String> cells = new LinkedHashMap<>();
    Map<String, CellType> types = Map.of();
    TableRecord.@Nullable Rejected rejected = null;
    try (JsonParser parser = json.createParser(text)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        parser.skipChildren();
        return rejected(
            line, "", Flaw.NOT_AN_OBJECT, "this is no JSON object; write {\"column\": \"cell\"}");
      }
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        String column = name.strip();
        CellType type = type(parser.nextToken());
        String cell = cell(parser, type);
        if (rejected == null) {
          rejected = flawOf(line, column, cell, cells.size());
        }
        if (rejected == null) {
          cells.put(column, cell);
        }
        if (type != CellType.TEXT) {
          types = types.isEmpty() ? new LinkedHashMap<>() : types;
          types.put(column, type);
        }
      }
      if (parser.nextToken() != null) {
        return invalid(line, "something follows the object");
      }
    } catch (StreamConstraintsException e) {
      return rejected(
          line,
          "",
          Flaw.NESTED_TOO_DEEP,
          "the row is nested deeper than %d; flatten it".formatted(limits.maxDepth()));
    } catch (JsonProcessingException e) {
      return invalid(line, e.getOriginalMessage());
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory is always readable", e);
    }
    return rejected == null ? new TableRecord.Row(line, cells, types) : rejected;
  }

  TableRecord.Rejected tooLarge(long line) {
    return rejected(
        line,
        "",
        Flaw.ROW_TOO_LARGE,
        "the row has more than %d bytes; shorten it".formatted(limits.maxRowBytes()));
  }

  private TableRecord.@Nullable Rejected flawOf(
      long line, String column, String cell, int cellsBefore) {
    if (cell.indexOf('\0') >= 0) {
      return rejected(
          line, column, Flaw.NUL_CHARACTER, "the cell holds a NUL character; remove it");
    }
    if (cell.length() > limits.maxCellBytes()) {
      return rejected(
          line,
          column,
          Flaw.CELL_TOO_LARGE,
          "the cell has more than %d bytes; shorten it".formatted(limits.maxCellBytes()));
    }
    if (cellsBefore == limits.maxColumns()) {
      return rejected(
          line,
          column,
          Flaw.TOO_MANY_COLUMNS,
          "the row has more than %d cells; send fewer".formatted(limits.maxColumns()));
    }
    return null;
  }

  private static CellType type(JsonToken token) {
    return switch (token) {
      case VALUE_STRING -> CellType.TEXT;
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> CellType.NUMBER;
      case VALUE_TRUE, VALUE_FALSE -> CellType.FLAG;
      case VALUE_NULL -> CellType.NULL;
      default -> CellType.NESTED;
    };
  }

  private String cell(JsonParser parser, CellType type) throws IOException {
    return switch (type) {
      case TEXT, NUMBER, FLAG -> parser.getText();
      case NULL -> "";
      case NESTED -> {
        StringWriter nested = new StringWriter();
        try (JsonGenerator out = json.createGenerator(nested)) {
          out.copyCurrentStructure(parser);
        }
        yield nested.toString();
      }
    };
  }

  private static TableRecord.Rejected invalid(long line, String why) {
    return rejected(
        line, "", Flaw.INVALID_JSON, "the row is not valid JSON (" + why + "); mend it");
  }

  private static TableRecord.Rejected rejected(
      long line, String column, Flaw flaw, String message) {
    return new TableRecord.Rejected(line, column, flaw, message);
  }
}
