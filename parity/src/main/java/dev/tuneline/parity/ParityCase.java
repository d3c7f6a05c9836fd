package dev.tuneline.parity;

import dev.tuneline.errors.Problem;

/**
 * Something in a folder that can be checked by itself.
 *
 * @param name where it stands in the folder
 */
record ParityCase(String name, Body body) {
  /** The checks of a case. */
  @FunctionalInterface
  interface Body {
    void check(Checks checks) throws Exception;
  }

  /** A case that cannot be checked, whatever it holds. */
  static ParityCase unsupported(String name, String what) {
    return new ParityCase(name, checks -> checks.unsupported(what));
  }

  /** Makes the checks; whatever goes wrong in them is this case's failure. */
  Outcome run() {
    Checks checks = new Checks();
    try {
      body.check(checks);
    } catch (Problem problem) {
      if (isUnsupported(problem)) {
        checks.unsupported(problem.describe());
      } else {
        checks.fail(problem.describe());
      }
    } catch (Exception e) {
      checks.fail(e.getMessage() == null ? e.toString() : e.getMessage());
    }
    return checks.outcome(name);
  }

  private static boolean isUnsupported(Problem problem) {
    return problem.reason().startsWith("UNKNOWN_") || problem.reason().startsWith("UNSUPPORTED_");
  }
}
