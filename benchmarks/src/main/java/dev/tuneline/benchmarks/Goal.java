package dev.tuneline.benchmarks;

/** What a figure is meant to reach. */
sealed interface Goal {
  /** Our figure is no greater: "&lt;= 5". */
  record AtMost(double bound) implements Goal {
    @Override
    public String toString() {
      return "<= " + Goal.plain(bound);
    }
  }

  /** Ours is so many times better than the peer's: "&gt;= 2". */
  record TimesBetter(double bound) implements Goal {
    @Override
    public String toString() {
      return ">= " + Goal.plain(bound);
    }
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
  }
}
