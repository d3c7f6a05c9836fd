package dev.tuneline.ingest.table;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.RowColumns;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.util.Locale;

/**
 * A file of rows: its name says the kind (.csv, .tsv, .jsonl), its bytes the charset.
 *
 * @param name as the caller gave it
 * @param charset what its bytes were found to be
 */
public record TableFile(String name, Kind kind, Charset charset, Bytes bytes) {
  private static final int[] BYTE_ORDER_MARK = {0xEF, 0xBB, 0xBF};

  /** What kind of table a file is. */
  public enum Kind {
    COMMA_SEPARATED,
    TAB_SEPARATED,
    JSON_LINES
  }

  /** A file's bytes, which can be opened again and again. */
  @FunctionalInterface
  public interface Bytes {
    InputStream open() throws IOException;
  }

  /**
   * Looks through the file once to find its charset.
   *
   * @throws Problem UNSUPPORTED_FILE_TYPE by its name, NOT_A_TABLE by its bytes
   */
  public static TableFile detect(String name, Bytes bytes) {
    Kind kind = kindOf(name);
    try (InputStream in = bytes.open()) {
      return new TableFile(name, kind, Charsets.detect(in, name), bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A reader of its records; see {@link TableReader} for what it throws. */
  public TableReader read(RowColumns wanted, TableLimits limits) {
    InputStream in = afterByteOrderMark();
    boolean opened = false;
    try {
      TableReader reader =
          switch (kind) {
            case COMMA_SEPARATED -> new CsvReader(in, name, charset, ',', wanted, limits);
            case TAB_SEPARATED -> new CsvReader(in, name, charset, '\t', wanted, limits);
            case JSON_LINES -> new JsonLinesReader(in, name, charset, wanted, limits);
          };
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        close(in);
      }
    }
  }

  /** The kind that a file's name says. */
  static Kind kindOf(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".csv")) {
      return Kind.COMMA_SEPARATED;
    }
    if (lower.endsWith(".tsv")) {
      return Kind.TAB_SEPARATED;
    }
    if (lower.endsWith(".jsonl") || lower.endsWith(".ndjson")) {
      return Kind.JSON_LINES;
    }
    throw Problem.caller("UNSUPPORTED_FILE_TYPE", "the file's name does not say what it is")
        .at(Problem.FILE, name)
        .at(Problem.FIELD, "header.file_name")
        .mend("send a .csv, .tsv or .jsonl file");
  }

  private InputStream afterByteOrderMark() {
    try {
      PushbackInputStream in = new PushbackInputStream(bytes.open(), BYTE_ORDER_MARK.length);
      byte[] start = in.readNBytes(BYTE_ORDER_MARK.length);
      boolean marked = start.length == BYTE_ORDER_MARK.length;
      for (int i = 0; marked && i < start.length; i++) {
        marked = (start[i] & 0xFF) == BYTE_ORDER_MARK[i];
      }
      if (!marked) {
        in.unread(start);
      }
      return in;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
