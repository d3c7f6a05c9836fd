package dev.tuneline.platform.tables;

/**
 * Bounds of what reading a table may take.
 *
 * @param maxCellBytes the largest cell; a row with a larger one is rejected
 * @param maxRowBytes the largest row; a larger one is rejected
 * @param maxColumns the most columns; a table with more is refused
 * @param maxQuoteBytes how far a quote's end is looked for; without one, the quote's row is
 *     rejected and reading goes on in the line after it
 * @param maxDepth how deep JSON may be nested; a deeper row is rejected
 * @param maxBlockBytes the largest Parquet page or Arrow buffer that is unpacked in memory
 * @param maxUnpackedBytes the most that a packed file may unpack to
 * @param maxUnpackedRatio how many bytes may come out for each that goes in, past the first 16 MiB
 */
public record TableLimits(
    int maxCellBytes,
    int maxRowBytes,
    int maxColumns,
    int maxQuoteBytes,
    int maxDepth,
    int maxBlockBytes,
    long maxUnpackedBytes,
    int maxUnpackedRatio) {
  /** Bounds for a machine with 1 GiB of heap. */
  public static final TableLimits DEFAULT =
      new TableLimits(4 << 20, 6 << 20, 1_000, 8 << 20, 64, 128 << 20, 64L << 30, 200);

  public TableLimits {
    if (maxCellBytes < 1
        || maxRowBytes < maxCellBytes
        || maxRowBytes > 512 << 20
        || maxColumns < 1
        || maxQuoteBytes < 1
        || maxQuoteBytes > 512 << 20
        || maxDepth < 1
        || maxBlockBytes < 1
        || maxUnpackedBytes < 1
        || maxUnpackedRatio < 1) {
      throw new IllegalArgumentException("limits out of range");
    }
  }
}
