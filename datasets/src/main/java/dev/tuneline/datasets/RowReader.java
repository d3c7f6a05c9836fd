package dev.tuneline.datasets;

import dev.tuneline.datasets.Finding.Rejection;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.platform.tables.CellType;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/** Reads a table's records by one layout: the given one, or the one that most of the first have. */
final class RowReader {
  private static final int FIRST_RECORDS = 100;

  private final TableReader table;
  private final Layout layout;
  private final Queue<TableRecord> first = new ArrayDeque<>();
  private long index;

  /**
   * @throws dev.tuneline.errors.Problem MISSING_COLUMN, and what the table's reader throws
   */
  RowReader(TableReader table, Layouts layouts, String file) {
    this.table = table;
    if (table.columns().isEmpty()) {
      this.layout = ofMost(layouts);
    } else {
      this.layout = layouts.forColumns(new LinkedHashSet<>(table.columns()));
      layout.checkTable(table.columns(), file, table.headerLine());
    }
  }

  Layout layout() {
    return layout;
  }

  /** What became of the next record, or null after the last. */
  @Nullable Finding next() {
    TableRecord record = first.isEmpty() ? table.next() : first.remove();
    if (record == null) {
      return null;
    }
    long at = index++;
    return switch (record) {
      case TableRecord.Rejected rejected -> rejected(at, null, rejected);
      case TableRecord.Row row -> read(at, row);
    };
  }

  private Finding read(long at, TableRecord.Row row) {
    switch (layout.read(row.cells())) {
      case Reading.Refused refused -> {
        boolean blank = refused.blank();
        if (blank && row.type(refused.column()) != CellType.TEXT && layout.turns() == null) {
          return new Finding(
              at,
              row.line(),
              row,
              List.of(),
              false,
              new Rejection(
                  refused.column(),
                  Flaw.NOT_A_TEXT.name(),
                  "the cell is no text; put it into quotes",
                  false));
        }
        return new Finding(
            at,
            row.line(),
            row,
            List.of(),
            false,
            new Rejection(refused.column(), refused.reason(), refused.message(), blank));
      }
      case Reading.Kept kept -> {
        return row.withTexts(layout.texts()) instanceof TableRecord.Rejected rejected
            ? rejected(at, row, rejected)
            : new Finding(at, row.line(), row, kept.messages(), kept.cut(), null);
      }
    }
  }

  private static Finding rejected(
      long at, TableRecord.@Nullable Row row, TableRecord.Rejected rejected) {
    return new Finding(
        at,
        rejected.line(),
        row,
        List.of(),
        false,
        new Rejection(rejected.column(), rejected.flaw().name(), rejected.message(), false));
  }

  private Layout ofMost(Layouts layouts) {
    List<TableRecord.Row> rows = new ArrayList<>();
    while (first.size() < FIRST_RECORDS) {
      TableRecord record = table.next();
      if (record == null) {
        break;
      }
      first.add(record);
      if (record instanceof TableRecord.Row row) {
        rows.add(row);
      }
    }
    Map<Layout, Integer> votes = new HashMap<>();
    for (TableRecord.Row row : rows) {
      Layout voted = layouts.forColumns(row.cells().keySet());
      votes.merge(voted, voted.missingFrom(row.cells().keySet()).isEmpty() ? 2 : 1, Integer::sum);
    }
    return votes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseGet(() -> layouts.forColumns(new LinkedHashSet<>()));
  }
}
