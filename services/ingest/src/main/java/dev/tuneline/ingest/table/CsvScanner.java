package dev.tuneline.ingest.table;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits delimited text into records, by RFC 4180 with any of LF, CRLF and lone CR as line ends.
 *
 * <p>It works on bytes and decodes cell by cell, so that bytes which do not decode cost one row and
 * are never replaced: in UTF-8 and GB18030 alike, delimiters, quotes and line ends are no part of
 * another character. A quote inside an unquoted cell is an ordinary character.
 */
final class CsvScanner {
  private static final int END = -1;

  /**
   * One record.
   *
   * @param line 1-based physical line of its first character
   * @param cells its first cells, at most the bound; meaningless when there is a flaw
   * @param count how many cells it has
   * @param flaw what is wrong with it, or null
   * @param column 1-based number of the cell that the flaw is in
   */
  record Scanned(long line, List<String> cells, int count, @Nullable Flaw flaw, int column) {}

  private final InputStream in;
  private final int delimiter;
  private final TableLimits limits;
  private final CellBuffer cell;
  private final byte[] buffer = new byte[64 << 10];
  private int at;
  private int filled;
  private int previous;
  private long line = 1;

  private long rowBytes;
  private int column;
  private @Nullable Flaw flaw;
  private int flawColumn;

  CsvScanner(InputStream in, Charset charset, char delimiter, TableLimits limits) {
    this.in = in;
    this.delimiter = delimiter;
    this.limits = limits;
    this.cell = new CellBuffer(charset, limits.maxCellBytes());
  }

  /** The next record that is not a blank line, or null at the end. */
  @Nullable Scanned next() throws IOException {
    int b = read();
    while (b == '\n' || b == '\r') {
      b = read();
    }
    if (b == END) {
      return null;
    }
    final long first = line;
    List<String> cells = new ArrayList<>();
    rowBytes = 0;
    column = 0;
    flaw = null;
    while (true) {
      column++;
      cell.clear();
      int end = readCell(b);
      if (flaw == null && column <= limits.maxColumns()) {
        String text = cell.decode();
        if (text == null) {
          flawed(Flaw.UNDECODABLE);
        } else {
          cells.add(text);
        }
      }
      if (end != delimiter) {
        return new Scanned(first, cells, column, flaw, flawColumn);
      }
      b = read();
    }
  }

  /** Reads the cell that begins with {@code b} and returns what ended it. */
  private int readCell(int b) throws IOException {
    return b == '"' ? readQuoted() : readPlain(b);
  }

  private int readPlain(int first) throws IOException {
    int b = first;
    while (!ends(b)) {
      append(b);
      b = read();
    }
    return b;
  }

  private int readQuoted() throws IOException {
    while (true) {
      int b = read();
      if (b == END) {
        flaw = Flaw.UNCLOSED_QUOTE; // says more than whatever was wrong inside
        flawColumn = column;
        return END;
      }
      if (b != '"') {
        append(b);
        continue;
      }
      b = read();
      if (b == '"') {
        append(b);
      } else if (ends(b)) {
        return b;
      } else {
        flawed(Flaw.TEXT_AFTER_QUOTE);
        return readPlain(b);
      }
    }
  }

  private boolean ends(int b) {
    return b == delimiter || b == '\n' || b == '\r' || b == END;
  }

  private void append(int b) {
    if (b == 0) {
      flawed(Flaw.NUL_CHARACTER);
    }
    if (flaw == null && ++rowBytes > limits.maxRowBytes()) {
      flawed(Flaw.ROW_TOO_LARGE);
    }
    if (flaw == null && !cell.append(b)) {
      flawed(Flaw.CELL_TOO_LARGE);
    }
  }

  private void flawed(Flaw found) {
    if (flaw == null) {
      flaw = found;
      flawColumn = column;
    }
  }

  private int read() throws IOException {
    if (at == filled) {
      filled = in.read(buffer);
      at = 0;
      if (filled <= 0) {
        filled = 0;
        return END;
      }
    }
    int b = buffer[at++] & 0xFF;
    if (b == '\r' || (b == '\n' && previous != '\r')) {
      line++;
    }
    previous = b;
    return b;
  }
}
