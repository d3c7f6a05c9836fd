package dev.tuneline.ingest.table;

import org.jspecify.annotations.Nullable;

/**
 * Reads a table's records in their order, holding one at a time. For one thread.
 *
 * <p>A table that cannot be used at all fails with a {@link dev.tuneline.errors.Problem} of the
 * caller that names file, line, column and mend, from the constructor or from {@link #next}.
 */
public interface TableReader extends AutoCloseable {
  /** The next record, or null after the last. */
  @Nullable TableRecord next();

  @Override
  void close();
}
