package dev.tuneline.platform.tables.text;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import dev.tuneline.platform.tables.text.CsvScanner.Scanned;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads delimited tables whose first record names the columns.
 *
 * <p>Names are stripped, cells are not. A duplicate column is fatal; a row of another width, or
 * with a flaw that {@link CsvScanner} found, is rejected and the next one is read.
 */
public final class CsvReader implements TableReader {
  private final String file;
  private final CsvScanner scanner;
  private final TableLimits limits;
  private final List<String> columns;
  private final long headerLine;

  /**
   * Reads the header.
   *
   * @param in UTF-8 from its first byte after a byte order mark; closed by {@link #close}
   * @param file the file's name, for messages
   * @throws Problem EMPTY_FILE, UNREADABLE_HEADER, DUPLICATE_COLUMN or TOO_MANY_COLUMNS
   */
  public CsvReader(InputStream in, String file, char delimiter, TableLimits limits) {
    this.file = file;
    this.limits = limits;
    this.scanner = new CsvScanner(in, delimiter, limits);
    Scanned header = scan();
    if (header == null) {
      throw fatal("EMPTY_FILE", "the file is empty", 1)
          .mend("send a file with a header line and at least one row");
    }
    this.columns = columns(header);
    this.headerLine = header.line();
    checkDistinct();
  }

  @Override
  public List<String> columns() {
    return columns;
  }

  @Override
  public long headerLine() {
    return headerLine;
  }

  @Override
  public @Nullable TableRecord next() {
    Scanned scanned = scan();
    if (scanned == null) {
      return null;
    }
    Flaw flaw = scanned.flaw();
    if (flaw != null) {
      return rejected(scanned, flaw);
    }
    if (scanned.count() != columns.size()) {
      return new TableRecord.Rejected(
          scanned.line(),
          "",
          Flaw.WRONG_CELL_COUNT,
          "the row has %d cells but the header has %d; quote cells that hold the delimiter or a line break"
              .formatted(scanned.count(), columns.size()));
    }
    Map<String, String> cells = LinkedHashMap.newLinkedHashMap(columns.size());
    for (int i = 0; i < columns.size(); i++) {
      cells.put(columns.get(i), scanned.cells().get(i));
    }
    return new TableRecord.Row(scanned.line(), cells, Map.of());
  }

  @Override
  public void close() {
    try {
      scanner.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private TableRecord.Rejected rejected(Scanned scanned, Flaw flaw) {
    String column =
        scanned.column() <= columns.size()
            ? columns.get(scanned.column() - 1)
            : Integer.toString(scanned.column());
    return new TableRecord.Rejected(scanned.line(), column, flaw, sentence(flaw));
  }

  private String sentence(Flaw flaw) {
    return switch (flaw) {
      case NUL_CHARACTER -> "the cell holds a NUL character; remove it";
      case TEXT_AFTER_QUOTE -> "text follows a closing quote; double the quotes inside the cell";
      case UNCLOSED_QUOTE ->
          "a quote is not closed by the end of the file or within %d bytes; close it"
              .formatted(limits.maxQuoteBytes());
      case UNDECODABLE -> "the cell's bytes are not of the file's encoding; save it as UTF-8";
      case CELL_TOO_LARGE ->
          "the cell has more than %d bytes; shorten it".formatted(limits.maxCellBytes());
      case ROW_TOO_LARGE ->
          "the row has more than %d bytes; shorten it".formatted(limits.maxRowBytes());
      case WRONG_CELL_COUNT,
          TOO_MANY_COLUMNS,
          NESTED_TOO_DEEP,
          INVALID_JSON,
          NOT_AN_OBJECT,
          NOT_A_TEXT ->
          throw new IllegalStateException("not a scanner's flaw: " + flaw);
    };
  }

  private List<String> columns(Scanned header) {
    if (header.flaw() != null) {
      throw fatal("UNREADABLE_HEADER", "the header cannot be read: " + header.flaw(), header.line())
          .at(Problem.COLUMN, header.column())
          .mend(sentence(header.flaw()));
    }
    if (header.count() > limits.maxColumns()) {
      throw fatal(
              "TOO_MANY_COLUMNS",
              "the header has %d columns, at most %d are read"
                  .formatted(header.count(), limits.maxColumns()),
              header.line())
          .mend("remove columns that are not needed");
    }
    List<String> names = new ArrayList<>();
    for (String cell : header.cells()) {
      String name = cell.strip();
      names.add(name.isEmpty() ? Integer.toString(names.size() + 1) : name);
    }
    return List.copyOf(names);
  }

  private void checkDistinct() {
    Set<String> seen = new HashSet<>();
    for (String column : columns) {
      if (!seen.add(column)) {
        throw fatal("DUPLICATE_COLUMN", "two columns are called '" + column + "'", headerLine)
            .at(Problem.COLUMN, column)
            .mend("rename or remove one of them");
      }
    }
  }

  private Problem fatal(String reason, String message, long line) {
    return Problem.caller(reason, message).at(Problem.FILE, file).at(Problem.LINE, line);
  }

  private @Nullable Scanned scan() {
    try {
      return scanner.next();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
