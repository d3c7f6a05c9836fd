package dev.tuneline.ingest.grpc;

import dev.tuneline.errors.Problem;

/** How many things a page holds. */
final class Paging {
  private static final int DEFAULT = 100;
  private static final int MAX = 1_000;

  private Paging() {}

  /** The size that is asked for; 0 means 100. */
  static int size(int asked) {
    if (asked < 0 || asked > MAX) {
      throw Problem.caller("OUT_OF_RANGE", "page_size is not usable")
          .at(Problem.FIELD, "page_size")
          .mend("give 1 to %d, or 0 for %d".formatted(MAX, DEFAULT));
    }
    return asked == 0 ? DEFAULT : asked;
  }
}
