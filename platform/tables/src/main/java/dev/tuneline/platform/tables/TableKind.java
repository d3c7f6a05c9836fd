package dev.tuneline.platform.tables;

/** How a file holds its records; its bytes say so, whatever its name. */
public enum TableKind {
  /** Cells between delimiters; the first record names the columns. */
  DELIMITED,
  /** One JSON object a line. */
  JSON_LINES,
  /** One JSON array of objects. */
  JSON_ARRAY,
  /** Apache Parquet. */
  PARQUET,
  /** Apache Arrow's IPC format, as a file or as a stream. */
  ARROW,
  /** Lines of text, which become rows with one column, {@code text}. */
  PLAIN_TEXT
}
