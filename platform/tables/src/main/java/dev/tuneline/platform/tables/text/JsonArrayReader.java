package dev.tuneline.platform.tables.text;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON array's elements one after the other, holding one at a time.
 *
 * <p>Elements are told apart by their brackets and quotes alone, so one that is malformed inside is
 * rejected by itself. An array that never ends, or that is followed by something, is refused whole:
 * nobody knows what it lacks.
 */
public final class JsonArrayReader implements TableReader {
  private static final int WINDOW_BYTES = 256 << 10;

  private final ByteWindow window;
  private final String file;
  private final TableLimits limits;
  private final JsonRow rows;
  private boolean began;
  private boolean ended;
  private boolean fits;

  /**
   * @param in UTF-8 from its first byte after a byte order mark; closed by {@link #close}
   * @throws Problem EMPTY_FILE or NOT_AN_ARRAY
   */
  public JsonArrayReader(InputStream in, String file, TableLimits limits) {
    this.window = new ByteWindow(in, WINDOW_BYTES);
    this.file = file;
    this.limits = limits;
    this.rows = new JsonRow(limits);
    try {
      int first = afterSpace();
      if (first < 0) {
        throw LineReader.emptyFile(file);
      }
      if (first != '[') {
        throw Problem.caller("NOT_AN_ARRAY", "the file holds no list of rows")
            .at(Problem.FILE, file)
            .at(Problem.LINE, window.line)
            .mend("write [{...}, {...}], or one object a line");
      }
      window.at++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public List<String> columns() {
    return List.of();
  }

  /**
   * @throws Problem INVALID_JSON when the array does not end as it should
   */
  @Override
  public @Nullable TableRecord next() {
    try {
      return ended ? null : element();
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

  private @Nullable TableRecord element() throws IOException {
    int b = afterSpace();
    if (b == ']') {
      window.at++;
      if (afterSpace() >= 0) {
        throw broken("something follows the list");
      }
      ended = true;
      return null;
    }
    if (began) {
      if (b != ',') {
        throw b < 0 ? broken("the list never ends") : broken("a comma is missing between rows");
      }
      window.at++;
      b = afterSpace();
    }
    if (b < 0 || b == ',' || b == ']') {
      throw b < 0 ? broken("the list never ends") : broken("a row is missing beside a comma");
    }
    began = true;
    final long line = window.line;
    window.keep = window.at;
    fits = true;
    skipValue();
    return fits ? rows.read(line, window.text(window.keep, window.at)) : rows.tooLarge(line);
  }

  /** Goes behind the value that begins here. */
  private void skipValue() throws IOException {
    int depth = 0;
    while (true) {
      int b = window.peek();
      switch (b) {
        case -1 -> throw broken("the list never ends");
        case '"' -> skipString();
        case '{', '[' -> {
          depth++;
          window.at++;
        }
        case '}', ']' -> {
          if (depth == 0) {
            return;
          }
          depth--;
          window.at++;
        }
        case ',' -> {
          if (depth == 0) {
            return;
          }
          window.at++;
        }
        case '\n', '\r' -> window.takeLineEnd();
        default -> window.at++;
      }
      bound();
    }
  }

  private void skipString() throws IOException {
    window.at++;
    while (true) {
      byte[] bytes = window.bytes;
      int i = window.at;
      while (i < window.end && bytes[i] != '"' && bytes[i] != '\\' && bytes[i] != '\n') {
        i++;
      }
      window.at = i;
      bound();
      if (i == window.end) {
        if (!window.more()) {
          throw broken("the list never ends");
        }
        continue;
      }
      int b = bytes[i];
      if (b == '\n') {
        window.takeLineEnd();
        continue;
      }
      window.at++;
      if (b == '"') {
        return;
      }
      if (window.peek() >= 0 && window.peek() != '\n') {
        window.at++;
      }
    }
  }

  private void bound() {
    if (window.at - window.keep > limits.maxRowBytes()) {
      fits = false;
    }
    if (!fits) {
      window.keep = window.at;
    }
  }

  /** The next byte that is no white space, or -1. */
  private int afterSpace() throws IOException {
    while (true) {
      window.keep = window.at;
      int b = window.peek();
      if (b == '\n' || b == '\r') {
        window.takeLineEnd();
      } else if (b == ' ' || b == '\t') {
        window.at++;
      } else {
        return b;
      }
    }
  }

  private Problem broken(String why) {
    return Problem.caller("INVALID_JSON", "the JSON list is broken: " + why)
        .at(Problem.FILE, file)
        .at(Problem.LINE, window.line)
        .mend("mend the list, or write one object a line");
  }
}
