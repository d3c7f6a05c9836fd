package dev.tuneline.platform.tables;

/** What a cell was before it was written as text. */
public enum CellType {
  /** A string, or any cell of a delimited table. */
  TEXT,
  /** A number, spelled as in the file. */
  NUMBER,
  /** {@code true} or {@code false}. */
  FLAG,
  /** Nothing; the cell is empty. */
  NULL,
  /** A list or an object; the cell is its JSON text. */
  NESTED
}
