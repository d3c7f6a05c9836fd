package dev.tuneline.ingest.job;

import dev.tuneline.errors.Problem;

/** Fills in the default of a number that is not given, which is 0, and checks its range. */
final class Numbers {
  private Numbers() {}

  /** At least 0 and below 1. */
  static double fraction(String field, double given, double unset) {
    double value = given == 0 ? unset : given;
    if (!(value >= 0 && value < 1)) {
      throw outOfRange(field, "at least 0 and below 1").at("given", given);
    }
    return value;
  }

  static double number(String field, double given, double unset, double min, double max) {
    double value = given == 0 ? unset : given;
    if (!(value >= min && value <= max)) {
      throw outOfRange(field, "%s to %s".formatted(min, max)).at("given", given);
    }
    return value;
  }

  static long whole(String field, long given, long unset, long min, long max) {
    long value = given == 0 ? unset : given;
    if (value < min || value > max) {
      throw outOfRange(field, "%d to %d".formatted(min, max)).at("given", given);
    }
    return value;
  }

  /** A problem of the caller: the field, and what it may hold. */
  static Problem outOfRange(String field, String allowed) {
    return Problem.caller("OUT_OF_RANGE", field + " is not usable")
        .at(Problem.FIELD, field)
        .mend("give " + allowed);
  }
}
