package dev.tuneline.platform.tables.text;

import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableLimits;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits delimited UTF-8 into records, by RFC 4180 with any of LF, CRLF and lone CR as line ends.
 *
 * <p>It works on bytes and decodes cell by cell, so that bytes which do not decode cost one row and
 * are never replaced. A quote inside an unquoted cell is an ordinary character. A quote that does
 * not end within the look-ahead costs its record; reading goes on in the line after the quote.
 */
final class CsvScanner {
  private static final int END = -1;
  private static final int GIVEN_UP = -2;
  private static final int WINDOW_BYTES = 256 << 10;

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

  private final ByteWindow window;
  private final int delimiter;
  private final TableLimits limits;
  private final long maxHeldBytes;
  private final boolean[] endsPlain = new boolean[256];
  private final boolean[] endsQuoted = new boolean[256];

  private int expectedCells = 8;
  private long rowBytes;
  private int column;
  private @Nullable String cell;
  private @Nullable Flaw flaw;
  private int flawColumn;

  /**
   * @param delimiter an ASCII character other than a quote and the line ends
   */
  CsvScanner(InputStream in, char delimiter, TableLimits limits) {
    this.window = new ByteWindow(in, WINDOW_BYTES);
    this.delimiter = delimiter;
    this.limits = limits;
    this.maxHeldBytes = 2L * limits.maxRowBytes() + WINDOW_BYTES;
    for (int b : new int[] {delimiter, '\n', '\r', 0}) {
      endsPlain[b] = true;
    }
    for (int b : new int[] {'"', '\n', '\r', 0}) {
      endsQuoted[b] = true;
    }
  }

  /** The next record that is not a blank line, or null at the end. */
  @Nullable Scanned next() throws IOException {
    window.keep = window.at;
    int b = window.peek();
    while (b == '\n' || b == '\r') {
      window.takeLineEnd();
      window.keep = window.at;
      b = window.peek();
    }
    if (b == END) {
      return null;
    }
    final long first = window.line;
    List<String> cells = new ArrayList<>(expectedCells);
    rowBytes = 0;
    column = 0;
    flaw = null;
    while (true) {
      column++;
      cell = null;
      int end = window.peek() == '"' ? quoted() : plain(window.at - window.keep, true);
      if (cell != null && column <= limits.maxColumns()) {
        cells.add(cell);
      }
      if (end != delimiter) {
        expectedCells = Math.max(1, cells.size());
        return new Scanned(first, cells, column, flaw, flawColumn);
      }
    }
  }

  void close() throws IOException {
    window.close();
  }

  /**
   * Reads on to the end of a cell that is not, or no longer, quoted, and returns what ended it.
   *
   * @param start where the cell begins, counted from what the window keeps
   */
  private int plain(int start, boolean wanted) throws IOException {
    while (true) {
      byte[] bytes = window.bytes;
      int i = window.at;
      int end = window.end;
      while (i < end && !endsPlain[bytes[i] & 0xFF]) {
        i++;
      }
      window.at = i;
      if (i == end) {
        if (i - window.keep > maxHeldBytes) {
          measure(i - window.keep - start);
          flawed(Flaw.ROW_TOO_LARGE); // if no cell of it was, since what is let go is lost
          window.keep = i;
          start = 0;
        }
        if (window.more()) {
          continue;
        }
        finish(start, window.at - window.keep, wanted, false);
        return END;
      }
      if (bytes[i] == 0) {
        flawed(Flaw.NUL_CHARACTER);
        window.at++;
        continue;
      }
      finish(start, i - window.keep, wanted, false);
      return takeEnd(bytes[i]);
    }
  }

  private int takeEnd(int b) throws IOException {
    if (b == '\n' || b == '\r') {
      window.takeLineEnd();
    } else {
      window.at++;
    }
    return b;
  }

  private int quoted() throws IOException {
    if (flaw == Flaw.ROW_TOO_LARGE || flaw == Flaw.CELL_TOO_LARGE) {
      window.keep = window.at; // the record is lost already, its first cells need not be kept
    }
    final int quote = window.at - window.keep;
    final long quoteLine = window.line;
    boolean doubled = false;
    window.at++;
    while (true) {
      byte[] bytes = window.bytes;
      int i = window.at;
      int lookUntil = window.keep + quote + limits.maxQuoteBytes();
      int end = Math.min(window.end, lookUntil);
      while (i < end && !endsQuoted[bytes[i] & 0xFF]) {
        i++;
      }
      window.at = i;
      if (i >= end) {
        if (i >= lookUntil) {
          return giveUp(quote, quoteLine);
        }
        if (window.more()) {
          continue;
        }
        unclosed();
        return END;
      }
      switch (bytes[i]) {
        case '"' -> {
          window.at++;
          int next = window.peek();
          if (next == '"') {
            doubled = true;
            window.at++;
            continue;
          }
          int close = window.at - 1 - window.keep;
          if (next == delimiter || next == '\n' || next == '\r' || next == END) {
            finish(quote + 1, close, true, doubled);
            return next == END ? END : takeEnd(next);
          }
          flawed(Flaw.TEXT_AFTER_QUOTE);
          return plain(window.at - window.keep, false);
        }
        case 0 -> {
          flawed(Flaw.NUL_CHARACTER);
          window.at++;
        }
        default -> window.takeLineEnd();
      }
    }
  }

  /** Ends the record in the line of its open quote. */
  private int giveUp(int quote, long quoteLine) throws IOException {
    unclosed();
    int i = window.keep + quote;
    while (i < window.at && window.bytes[i] != '\n' && window.bytes[i] != '\r') {
      i++;
    }
    boolean lineEnds = i < window.at;
    window.at = i;
    window.line = quoteLine;
    while (!lineEnds) {
      window.keep = window.at;
      int b = window.peek();
      if (b == END) {
        return END;
      }
      lineEnds = b == '\n' || b == '\r';
      window.at += lineEnds ? 0 : 1;
    }
    window.takeLineEnd();
    return GIVEN_UP;
  }

  /** Says more than whatever was wrong inside. */
  private void unclosed() {
    flaw = Flaw.UNCLOSED_QUOTE;
    flawColumn = column;
  }

  /** A cell is there from one place to another, counted from what the window keeps. */
  private void finish(int from, int to, boolean wanted, boolean doubled) {
    measure(to - from);
    if (flaw != null || !wanted) {
      return;
    }
    String text = window.text(window.keep + from, window.keep + to);
    if (text == null) {
      flawed(Flaw.UNDECODABLE);
    } else {
      cell = doubled ? text.replace("\"\"", "\"") : text;
    }
  }

  private void measure(int bytes) {
    rowBytes += bytes;
    if (bytes > limits.maxCellBytes()) {
      flawed(Flaw.CELL_TOO_LARGE);
    } else if (rowBytes > limits.maxRowBytes()) {
      flawed(Flaw.ROW_TOO_LARGE);
    }
  }

  private void flawed(Flaw found) {
    if (flaw == null) {
      flaw = found;
      flawColumn = column;
    }
  }
}
