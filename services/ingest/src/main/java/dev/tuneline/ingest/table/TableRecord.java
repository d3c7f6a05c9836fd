package dev.tuneline.ingest.table;

import java.util.Map;

/** One record of a table. */
public sealed interface TableRecord {
  /** 1-based physical line of the record's first character. */
  long line();

  /**
   * A record that can be used.
   *
   * @param cells column name to cell, exactly as it stood, in the table's order
   */
  record Row(long line, Map<String, String> cells) implements TableRecord {}

  /**
   * A record that cannot be used.
   *
   * @param column the column's name, or its 1-based number where it has none; empty when the whole
   *     row is meant
   * @param message one sentence for people, with the mend
   */
  record Rejected(long line, String column, Flaw flaw, String message) implements TableRecord {}
}
