package dev.tuneline.preprocess.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.RowReceived;

/**
 * What a row must be whatever its dataset. The row log's doorkeeper and the preparation ask the
 * same question, so a row is a dead letter or counted, never both.
 *
 * @param maxCells the most cells of a row
 * @param maxRowBytes all cells of a row together, in bytes
 */
public record RowRules(int maxCells, int maxRowBytes) {
  private static final int MAX_ID_CHARS = 256;

  public RowRules {
    if (maxCells < 1 || maxRowBytes < 1) {
      throw new IllegalArgumentException("limits must be positive");
    }
  }

  /**
   * Returns normally when the row can be counted.
   *
   * @throws Problem of the caller
   */
  public void check(RowReceived row) {
    if (row.getCellsCount() == 0) {
      throw Problem.caller("MISSING_FIELD", "the row has no cells")
          .at(Problem.FIELD, "cells")
          .mend("send at least one cell");
    }
    if (row.getCellsCount() > maxCells) {
      throw Problem.caller("ROW_TOO_LARGE", "the row has more than " + maxCells + " cells")
          .at(Problem.FIELD, "cells")
          .mend("send fewer cells");
    }
    if (row.getSerializedSize() > maxRowBytes) {
      throw Problem.caller("ROW_TOO_LARGE", "the row has more than " + maxRowBytes + " bytes")
          .at(Problem.FIELD, "cells")
          .mend("send shorter cells");
    }
    if (row.getRowId().length() > MAX_ID_CHARS) {
      throw Problem.caller("INVALID_ID", "the row's id is too long")
          .at(Problem.FIELD, "row_id")
          .mend("use at most " + MAX_ID_CHARS + " characters");
    }
  }

  /** Whether {@link #check} would return normally. */
  boolean allows(RowReceived row) {
    try {
      check(row);
      return true;
    } catch (Problem refused) {
      return false;
    }
  }
}
