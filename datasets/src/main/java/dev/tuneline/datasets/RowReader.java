package dev.tuneline.datasets;

import dev.tuneline.datasets.Finding.Rejection;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.platform.tables.PeekedTable;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a table's records by one layout: the given one, or the one that most of the first have. */
final class RowReader {
  private final PeekedTable table;
  private final Layout layout;
  private long index;

  /**
   * @throws dev.tuneline.errors.Problem MISSING_COLUMN, and what the table's reader throws
   */
  RowReader(TableReader table, Layouts layouts, String file) {
    this.table = new PeekedTable(table);
    this.layout =
        layouts.forFile(table.columns(), this.table.firstColumns(), file, table.headerLine());
  }

  Layout layout() {
    return layout;
  }

  /** How many records were read. */
  long read() {
    return index;
  }

  /** What became of the next record, or null after the last. */
  @Nullable Finding next() {
    TableRecord record = table.next();
    if (record == null) {
      return null;
    }
    long at = index++;
    return switch (record) {
      case TableRecord.Rejected rejected -> rejected(at, rejected);
      case TableRecord.Row row -> read(at, row);
    };
  }

  private Finding read(long at, TableRecord.Row row) {
    return switch (layout.read(row.cells(), row.untyped())) {
      case Reading.Refused refused ->
          new Finding(
              at,
              row.line(),
              row,
              List.of(),
              false,
              new Rejection(
                  refused.column(), refused.reason(), refused.message(), refused.blank()));
      case Reading.Kept kept -> new Finding(at, row.line(), row, kept.messages(), kept.cut(), null);
    };
  }

  private static Finding rejected(long at, TableRecord.Rejected rejected) {
    return new Finding(
        at,
        rejected.line(),
        null,
        List.of(),
        false,
        new Rejection(rejected.column(), rejected.flaw().name(), rejected.message(), false));
  }
}
