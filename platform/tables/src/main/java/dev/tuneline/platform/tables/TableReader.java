package dev.tuneline.platform.tables;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a table's records in their order, holding one at a time. For one thread.
 *
 * <p>A table that cannot be used at all fails with a {@link dev.tuneline.errors.Problem} of the
 * caller that names file, line and mend, when it is opened or from {@link #next}.
 */
public interface TableReader extends AutoCloseable {
  /**
   * The columns that every record has, in the table's order; empty where each record names its own,
   * as in JSON.
   */
  List<String> columns();

  /** 1-based physical line of the header, 1 where there is none. */
  default long headerLine() {
    return 1;
  }

  /** The next record, or null after the last. */
  @Nullable TableRecord next();

  @Override
  void close();
}
