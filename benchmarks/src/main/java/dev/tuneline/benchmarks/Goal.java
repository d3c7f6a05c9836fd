package dev.tuneline.benchmarks;

import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a figure is meant to reach: {@code <= 0.80} and {@code >= 2.0} bound the ratio of ours to
 * the peer's, and with a unit, {@code <= 5 s}, ours alone.
 */
public record Goal(boolean atMost, BigDecimal bound, @Nullable String unit) {
  private static final Pattern TEXT = Pattern.compile("([<>]=) ([0-9]+(?:\\.[0-9]+)?)(?: (\\S+))?");

  /** Reads what {@link #toString} writes. */
  public static Goal of(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("no goal: " + text);
    }
    return new Goal(
        matcher.group(1).equals("<="), new BigDecimal(matcher.group(2)), matcher.group(3));
  }

  /**
   * Whether it is met; null when that needs a ratio and there is none.
   *
   * @param ours in the goal's unit, if it has one
   */
  @Nullable Boolean met(double ours, @Nullable Double ratio) {
    Double value = unit == null ? ratio : (Double) ours;
    if (value == null) {
      return null;
    }
    return atMost ? value <= bound.doubleValue() : value >= bound.doubleValue();
  }

  @Override
  public String toString() {
    return (atMost ? "<= " : ">= ") + bound.toPlainString() + (unit == null ? "" : " " + unit);
  }
}
