package dev.tuneline.ingest.table;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.RowColumns;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads one JSON object a line; blank lines are skipped and count as lines.
 *
 * <p>Texts are cells as they are, null is the empty cell, numbers and booleans are spelled as in
 * the file, and what is nested is kept as JSON text. Title, question and reply must be texts.
 */
public final class JsonLinesReader implements TableReader {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final InputStream in;
  private final CellBuffer buffer;
  private final Set<String> texts;
  private final TableLimits limits;
  private long line;

  /**
   * @param in the file from its first byte after a byte order mark; closed by {@link #close}
   * @throws Problem EMPTY_FILE
   */
  public JsonLinesReader(
      InputStream in, String file, Charset charset, RowColumns wanted, TableLimits limits) {
    this.in = new BufferedInputStream(in, 64 << 10);
    this.buffer = new CellBuffer(charset, limits.maxRowBytes());
    this.texts = Set.of(wanted.title(), wanted.question(), wanted.reply());
    this.limits = limits;
    if (isEmpty()) {
      throw Problem.caller("EMPTY_FILE", "the file is empty")
          .at(Problem.FILE, file)
          .at(Problem.LINE, 1)
          .mend("send a file with at least one JSON object");
    }
  }

  @Override
  public @Nullable TableRecord next() {
    try {
      while (true) {
        buffer.clear();
        boolean fits = true;
        int b = in.read();
        if (b < 0) {
          return null;
        }
        line++;
        for (; b >= 0 && b != '\n'; b = in.read()) {
          fits &= buffer.append(b);
        }
        if (!fits) {
          return rejected(
              "",
              Flaw.ROW_TOO_LARGE,
              "the line has more than %d bytes; shorten it".formatted(limits.maxRowBytes()));
        }
        String text = buffer.decode();
        if (text == null) {
          return rejected(
              "", Flaw.UNDECODABLE, "the line's bytes are not UTF-8; save the file as UTF-8");
        }
        if (!text.isBlank()) {
          return record(text);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TableRecord record(String text) throws IOException {
    Map<String, String> cells = new LinkedHashMap<>();
    TableRecord.@Nullable Rejected rejected = null;
    try (JsonParser json = JSON.createParser(text)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        json.skipChildren();
        return rejected(
            "", Flaw.NOT_AN_OBJECT, "the line is no JSON object; write {\"column\": \"cell\"}");
      }
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        String column = name.strip();
        String cell = cell(json);
        if (rejected == null) {
          rejected = flawOf(column, cell, json.currentToken());
        }
        cells.put(column, cell);
      }
      if (json.nextToken() != null) {
        return invalid("something follows the object");
      }
    } catch (JsonProcessingException e) {
      return invalid(e.getOriginalMessage());
    }
    return rejected == null ? new TableRecord.Row(line, cells) : rejected;
  }

  private TableRecord.@Nullable Rejected flawOf(String column, String cell, JsonToken last) {
    if (texts.contains(column) && last != JsonToken.VALUE_STRING && last != JsonToken.VALUE_NULL) {
      return rejected(column, Flaw.NOT_A_TEXT, "the cell is no text; put it into quotes");
    }
    if (cell.indexOf('\0') >= 0) {
      return rejected(column, Flaw.NUL_CHARACTER, "the cell holds a NUL character; remove it");
    }
    if (cell.length() > limits.maxCellBytes()) {
      return rejected(
          column,
          Flaw.CELL_TOO_LARGE,
          "the cell has more than %d bytes; shorten it".formatted(limits.maxCellBytes()));
    }
    return null;
  }

  private static String cell(JsonParser json) throws IOException {
    return switch (json.nextToken()) {
      case VALUE_STRING, VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE ->
          json.getText();
      case VALUE_NULL -> "";
      default -> {
        StringWriter nested = new StringWriter();
        try (JsonGenerator out = JSON.createGenerator(nested)) {
          out.copyCurrentStructure(json);
        }
        yield nested.toString();
      }
    };
  }

  private TableRecord.Rejected invalid(String why) {
    return rejected("", Flaw.INVALID_JSON, "the line is not valid JSON (" + why + "); mend it");
  }

  private TableRecord.Rejected rejected(String column, Flaw flaw, String message) {
    return new TableRecord.Rejected(line, column, flaw, message);
  }

  private boolean isEmpty() {
    try {
      in.mark(1);
      boolean empty = in.read() < 0;
      in.reset();
      return empty;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
