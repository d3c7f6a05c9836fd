package dev.tuneline.platform.tables;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.text.Delimiters;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tells a table's kind by its first bytes. */
final class Sniffing {
  private static final Set<String> TEXT_HEADERS = Set.of("text", "content", "正文", "文本");

  /** A kind of text, and the delimiter of a delimited one. */
  record Text(TableKind kind, char delimiter) {
    Text(TableKind kind) {
      this(kind, ',');
    }
  }

  private Sniffing() {}

  /**
   * The kind of a file that is no text; null when it may be one.
   *
   * @param start its first eight bytes, or all when there are fewer
   * @throws Problem NOT_A_TABLE for documents that are neither text nor a table
   */
  static @Nullable TableKind binary(byte[] start, String name) {
    String text = new String(start, ISO_8859_1);
    if (text.startsWith("PAR1")) {
      return TableKind.PARQUET;
    }
    if (text.startsWith("ARROW1") || text.startsWith("\u00FF\u00FF\u00FF\u00FF")) {
      return TableKind.ARROW;
    }
    if (text.startsWith("PK\u0003\u0004") || text.startsWith("\u00D0\u00CF\u0011\u00E0")) {
      throw notATable(name, "a spreadsheet or an archive", "export it as CSV");
    }
    if (text.startsWith("%PDF-")) {
      throw notATable(name, "a PDF document", "export its tables as CSV or its text as .txt");
    }
    if (text.startsWith("\u001F\u008B") || text.startsWith("(\u00B5/\u00FD")) {
      throw notATable(name, "packed twice", "unpack it once");
    }
    if (text.startsWith("PARE")) {
      throw notATable(name, "an encrypted Parquet file", "write it without encryption");
    }
    return null;
  }

  /**
   * The kind of a text.
   *
   * @param start its first bytes as UTF-8 without a byte order mark
   * @param whole whether these are all
   */
  static Text text(byte[] start, boolean whole, String name) {
    String hint = extension(name);
    int first = 0;
    while (first < start.length && isSpace(start[first])) {
      first++;
    }
    if (first < start.length && start[first] == '{') {
      return new Text(
          isOneObject(start, first, whole, hint) ? TableKind.JSON_ARRAY : TableKind.JSON_LINES);
    }
    if (first < start.length && start[first] == '[' && !hint.equals("jsonl")) {
      return new Text(TableKind.JSON_ARRAY);
    }
    return switch (hint) {
      case "jsonl", "ndjson" -> new Text(TableKind.JSON_LINES);
      case "csv" -> new Text(TableKind.DELIMITED, (char) Delimiters.best(start, whole).orElse(','));
      case "tsv", "tab" ->
          new Text(TableKind.DELIMITED, (char) Delimiters.best(start, whole).orElse('\t'));
      default -> unnamed(start, first, whole);
    };
  }

  private static Text unnamed(byte[] start, int first, boolean whole) {
    OptionalInt delimiter = Delimiters.sure(start, whole);
    if (delimiter.isPresent()) {
      return new Text(TableKind.DELIMITED, (char) delimiter.getAsInt());
    }
    int lineEnd = first;
    while (lineEnd < start.length && start[lineEnd] != '\n' && start[lineEnd] != '\r') {
      lineEnd++;
    }
    String line = new String(start, first, lineEnd - first, UTF_8);
    boolean header = TEXT_HEADERS.contains(line.strip().toLowerCase(Locale.ROOT));
    return new Text(header ? TableKind.DELIMITED : TableKind.PLAIN_TEXT);
  }

  /** Whether one object is all there is, which is no list of rows. */
  private static boolean isOneObject(byte[] start, int first, boolean whole, String hint) {
    int depth = 0;
    boolean lines = false;
    boolean inText = false;
    for (int i = first; i < start.length; i++) {
      int b = start[i];
      if (inText) {
        if (b == '\\') {
          i++;
        } else if (b == '"') {
          inText = false;
        } else if (b == '\n') {
          return false; // no JSON text spans lines: a broken line among others
        }
      } else if (b == '"') {
        inText = true;
      } else if (b == '{' || b == '[') {
        depth++;
      } else if (b == '\n') {
        lines = true;
      } else if (b == '}' || b == ']') {
        depth--;
        if (depth == 0) {
          boolean alone =
              whole && new String(start, i + 1, start.length - i - 1, ISO_8859_1).isBlank();
          return lines || (alone && hint.equals("json"));
        }
      }
    }
    return lines;
  }

  /** The last part of a name, before {@code .gz} or {@code .zst}. */
  private static String extension(String name) {
    String lower = name.toLowerCase(Locale.ROOT).replaceFirst("\\.(gz|gzip|zst|zstd)$", "");
    return lower.substring(lower.lastIndexOf('.') + 1);
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
  }

  private static Problem notATable(String name, String what, String mend) {
    return Problem.caller("NOT_A_TABLE", "the file is " + what)
        .at(Problem.FILE, name)
        .at(Problem.LINE, 1)
        .mend(mend);
  }
}
