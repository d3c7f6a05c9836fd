package dev.tuneline.datasets.build;

import dev.tuneline.platform.tables.TableRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A record of a source, on its way to be examples. */
sealed interface Incoming {
  /** Where it stands: the line of its file, or a number where there are no lines; from 1. */
  long line();

  /**
   * It can be used.
   *
   * @param row its cells
   * @param built how it came about, step by step; empty for a row as it stood in its file
   */
  record Row(TableRecord.Row row, List<String> built) implements Incoming {
    public Row {
      built = List.copyOf(built);
    }

    @Override
    public long line() {
      return row.line();
    }

    Map<String, String> cells() {
      return row.cells();
    }

    /** The row with these cells, which a step has made. */
    Row with(Map<String, String> cells, String step) {
      List<String> steps = new ArrayList<>(built);
      steps.add(step);
      return new Row(new TableRecord.Row(row.line(), cells, row.types()), steps);
    }
  }

  /**
   * It cannot be used.
   *
   * @param column the column that is to blame, or empty
   * @param reason stable code
   * @param message one sentence for people
   */
  record Rejected(long line, String column, String reason, String message) implements Incoming {}
}
