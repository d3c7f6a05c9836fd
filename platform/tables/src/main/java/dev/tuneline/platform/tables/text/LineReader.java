package dev.tuneline.platform.tables.text;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads tables whose every line is a record; blank lines are skipped and count as lines. */
public final class LineReader implements TableReader {
  /** The column of plain text. */
  public static final String TEXT_COLUMN = "text";

  private static final int WINDOW_BYTES = 256 << 10;

  /** What a line is. */
  private interface Line {
    TableRecord read(long line, @Nullable String text);
  }

  private final ByteWindow window;
  private final JsonRow rows;
  private final List<String> columns;
  private final Line reading;
  private final int maxLineBytes;

  private LineReader(
      InputStream in,
      String file,
      TableLimits limits,
      List<String> columns,
      int maxLineBytes,
      @Nullable Line reading) {
    this.window = new ByteWindow(in, WINDOW_BYTES);
    this.rows = new JsonRow(limits);
    this.columns = columns;
    this.maxLineBytes = maxLineBytes;
    this.reading = reading == null ? rows::read : reading;
    try {
      if (window.peek() < 0) {
        throw emptyFile(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads one JSON object a line.
   *
   * @param in UTF-8 from its first byte after a byte order mark; closed by {@link #close}
   * @throws Problem EMPTY_FILE
   */
  public static LineReader ofJson(InputStream in, String file, TableLimits limits) {
    return new LineReader(in, file, limits, List.of(), limits.maxRowBytes(), null);
  }

  /**
   * Reads lines of text as rows of one column.
   *
   * @param in UTF-8 from its first byte after a byte order mark; closed by {@link #close}
   * @throws Problem EMPTY_FILE
   */
  public static LineReader ofText(InputStream in, String file, TableLimits limits) {
    return new LineReader(
        in, file, limits, List.of(TEXT_COLUMN), limits.maxCellBytes(), LineReader::text);
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public @Nullable TableRecord next() {
    try {
      while (window.peek() >= 0) {
        TableRecord found = line();
        if (found != null) {
          return found;
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      window.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next line's record, or null when it is blank. */
  private @Nullable TableRecord line() throws IOException {
    final long line = window.line++;
    window.keep = window.at;
    boolean fits = true;
    while (true) {
      byte[] bytes = window.bytes;
      int i = window.at;
      while (i < window.end && bytes[i] != '\n') {
        i++;
      }
      window.at = i;
      if (i - window.keep > maxLineBytes + 1L) { // one for the CR of a CRLF
        fits = false;
        window.keep = i;
      }
      if (i < window.end || !window.more()) {
        break;
      }
    }
    String text = fits ? window.text(window.keep, window.at) : "";
    boolean blank = fits && text != null && text.isBlank();
    window.at = Math.min(window.at + 1, window.end);
    if (blank) {
      return null;
    }
    return fits ? reading.read(line, text) : rows.tooLarge(line);
  }

  private static TableRecord text(long line, @Nullable String text) {
    if (text == null) {
      return new TableRecord.Rejected(
          line,
          TEXT_COLUMN,
          Flaw.UNDECODABLE,
          "the line's bytes are not of the file's encoding; save it as UTF-8");
    }
    if (text.indexOf('\0') >= 0) {
      return new TableRecord.Rejected(
          line, TEXT_COLUMN, Flaw.NUL_CHARACTER, "the line holds a NUL character; remove it");
    }
    String stripped = text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    return new TableRecord.Row(line, Map.of(TEXT_COLUMN, stripped), Map.of());
  }

  static Problem emptyFile(String file) {
    return Problem.caller("EMPTY_FILE", "the file is empty")
        .at(Problem.FILE, file)
        .at(Problem.LINE, 1)
        .mend("send a file with at least one row");
  }
}
