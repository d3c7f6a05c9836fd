package dev.tuneline.platform.tables;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A table of which the first records are looked at before they are read. */
public final class PeekedTable implements TableReader {
  private static final int FIRST_RECORDS = 100;

  private final TableReader table;
  private final Queue<TableRecord> first = new ArrayDeque<>();

  /**
   * @param table is closed with this one
   */
  public PeekedTable(TableReader table) {
    this.table = table;
    while (table.columns().isEmpty() && first.size() < FIRST_RECORDS) {
      TableRecord read = table.next();
      if (read == null) {
        break;
      }
      first.add(read);
    }
  }

  /** The columns of each of the first rows; none when every row has those of the table. */
  public List<Set<String>> firstColumns() {
    return first.stream()
        .filter(TableRecord.Row.class::isInstance)
        .map(row -> ((TableRecord.Row) row).cells().keySet())
        .toList();
  }

  @Override
  public List<String> columns() {
    return table.columns();
  }

  @Override
  public long headerLine() {
    return table.headerLine();
  }

  @Override
  public @Nullable TableRecord next() {
    TableRecord peeked = first.poll();
    return peeked == null ? table.next() : peeked;
  }

  @Override
  public void close() {
    table.close();
  }
}
