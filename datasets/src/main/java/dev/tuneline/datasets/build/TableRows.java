package dev.tuneline.datasets.build;

import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of a file. */
final class TableRows implements Rows {
  private final TableReader table;

  TableRows(TableReader table) {
    this.table = table;
  }

  @Override
  public @Nullable Incoming next() {
    TableRecord record = table.next();
    return switch (record) {
      case null -> null;
      case TableRecord.Row row -> new Incoming.Row(row, List.of());
      case TableRecord.Rejected rejected ->
          new Incoming.Rejected(
              rejected.line(), rejected.column(), rejected.flaw().name(), rejected.message());
    };
  }

  @Override
  public void close() {
    table.close();
  }
}
