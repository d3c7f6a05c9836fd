package dev.tuneline.platform.tables;

/** How a file holds its records; its bytes say so, whatever its name. */
public enum TableKind {
  /** Cells between delimiters; the first record names the columns. */
  DELIMITED("text/csv"),
  /** One JSON object a line. */
  JSON_LINES("application/jsonl"),
  /** One JSON array of objects. */
  JSON_ARRAY("application/json"),
  /** Apache Parquet. */
  PARQUET("application/vnd.apache.parquet"),
  /** Apache Arrow's IPC format, as a file or as a stream. */
  ARROW("application/vnd.apache.arrow.stream"),
  /** Lines of text, which become rows with one column, {@code text}. */
  PLAIN_TEXT("text/plain");

  private final String mediaType;

  TableKind(String mediaType) {
    this.mediaType = mediaType;
  }

  /** What such a file is called on the wire. */
  public String mediaType() {
    return mediaType;
  }
}
