package dev.tuneline.parity;

import java.util.List;

/**
 * What the checks of a case gave.
 *
 * @param checks how many values were compared
 * @param worst the largest error, measured by its tolerance, with that tolerance; both 0 when only
 *     exact values were compared
 * @param failures one sentence each; empty exactly when nothing failed
 * @param unchecked what stands in the case and was not checked, by name
 */
record Outcome(
    String name,
    Verdict verdict,
    int checks,
    Worst worst,
    List<String> failures,
    List<String> unchecked) {
  /** How a case ended. */
  enum Verdict {
    PASS,
    FAIL
  }

  /** An error beside its tolerance. */
  record Worst(double error, double tolerance) {
    static final Worst EXACT = new Worst(0, 0);

    /** Whether {@code other} uses up more of its tolerance. */
    boolean isBelow(Worst other) {
      return tolerance == 0 || other.error / other.tolerance > error / tolerance;
    }
  }

  Outcome {
    failures = List.copyOf(failures);
    unchecked = List.copyOf(unchecked);
  }

  boolean failed() {
    return verdict == Verdict.FAIL;
  }
}
