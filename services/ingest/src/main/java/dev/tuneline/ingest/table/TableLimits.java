package dev.tuneline.ingest.table;

/**
 * Bounds of what a table reader holds in memory.
 *
 * @param maxCellBytes the largest cell; a row with a larger one is rejected
 * @param maxRowBytes the largest row; a larger one is rejected
 * @param maxColumns the most columns; a table with more is refused
 */
public record TableLimits(int maxCellBytes, int maxRowBytes, int maxColumns) {
  public TableLimits {
    if (maxCellBytes < 1 || maxRowBytes < maxCellBytes || maxColumns < 1) {
      throw new IllegalArgumentException("limits out of range");
    }
  }
}
