package dev.tuneline.datasets.build;

import org.jspecify.annotations.Nullable;

/** Records of a source in their order, one at a time. For one thread. */
interface Rows extends AutoCloseable {
  /** The next record, or null after the last. */
  @Nullable Incoming next();

  @Override
  void close();
}
