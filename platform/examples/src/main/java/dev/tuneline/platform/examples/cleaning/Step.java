package dev.tuneline.platform.examples.cleaning;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/** The steps that change texts, in the order in which they are done. */
public enum Step {
  UNICODE_REPAIR(1),
  HTML(2),
  CONTROL_CHARACTERS(4),
  NFC(8),
  MAX_REPEATED_CHARACTERS(16),
  MAX_REPEATED_LINES(32),
  PERSONAL_DATA(64);

  private final int bit;

  Step(int bit) {
    this.bit = bit;
  }

  /** The name of its field in {@code Cleaning}, under which its changes are counted. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** A bit for each of the steps. */
  public static int bits(Set<Step> steps) {
    int bits = 0;
    for (Step step : steps) {
      bits |= step.bit;
    }
    return bits;
  }

  /** The steps of {@link #bits}. */
  public static Set<Step> of(int bits) {
    Set<Step> steps = EnumSet.noneOf(Step.class);
    for (Step step : values()) {
      if ((bits & step.bit) != 0) {
        steps.add(step);
      }
    }
    return steps;
  }
}
