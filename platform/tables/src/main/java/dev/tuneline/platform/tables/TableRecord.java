package dev.tuneline.platform.tables;

import java.util.LinkedHashMap;
import java.util.Map;

/** One record of a table. */
public sealed interface TableRecord {
  /**
   * 1-based physical line of the record's first character; in Parquet and Arrow, which have no
   * lines, the record's 1-based number.
   */
  long line();

  /**
   * A record that can be used.
   *
   * @param cells column name to cell, exactly as it stood, in the table's order
   * @param types what a cell was, for those that were no text
   */
  record Row(long line, Map<String, String> cells, Map<String, CellType> types)
      implements TableRecord {
    /** The type of a column's cell; a text when nothing else is known. */
    public CellType type(String column) {
      return types.getOrDefault(column, CellType.TEXT);
    }

    /** The columns whose cells were no texts, and whether there was something in them. */
    public Map<String, Boolean> untyped() {
      if (types.isEmpty()) {
        return Map.of();
      }
      Map<String, Boolean> untyped = new LinkedHashMap<>();
      types.forEach(
          (column, type) -> {
            if (type != CellType.TEXT) {
              untyped.put(column, type != CellType.NULL);
            }
          });
      return untyped;
    }
  }

  /**
   * A record that cannot be used.
   *
   * @param column the column's name, or its 1-based number where it has none; empty when the whole
   *     row is meant
   * @param message one sentence for people, with the mend
   */
  record Rejected(long line, String column, Flaw flaw, String message) implements TableRecord {}
}
