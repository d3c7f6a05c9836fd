package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the values of one case and remembers what it saw. Not thread-safe. */
final class Checks {
  private final List<String> failures = new ArrayList<>();
  private final List<String> unchecked = new ArrayList<>();
  private Outcome.Worst worst = Outcome.Worst.EXACT;
  private int count;

  /** A number within an absolute tolerance. */
  void close(String what, double actual, double expected, double tolerance) {
    close(what, new double[] {actual}, new double[] {expected}, tolerance);
  }

  /** A measure within {@link Tolerances#METRICS} of the expected value. */
  void relative(String what, double actual, JsonNode expected) {
    double value = expected.doubleValue();
    close(what, actual, value, Tolerances.METRICS * Math.abs(value));
  }

  /** Numbers, each within an absolute tolerance. */
  void close(String what, float[] actual, JsonNode expected, double tolerance) {
    close(what, Json.doubles(actual), Json.doubles(expected), tolerance);
  }

  /** Numbers, each within an absolute tolerance. */
  void close(String what, double[] actual, double[] expected, double tolerance) {
    if (actual.length != expected.length) {
      count++;
      fail("%s: %d values instead of %d".formatted(what, actual.length, expected.length));
      return;
    }
    int wrong = 0;
    int at = 0;
    double largest = -1;
    for (int i = 0; i < actual.length; i++) {
      count++;
      double error =
          Double.compare(actual[i], expected[i]) == 0 ? 0 : Math.abs(actual[i] - expected[i]);
      if (Double.isNaN(error)) {
        error = Double.POSITIVE_INFINITY;
      }
      if (error > tolerance) {
        wrong++;
      }
      if (error > largest) {
        largest = error;
        at = i;
      }
    }
    if (actual.length > 0) {
      Outcome.Worst own = new Outcome.Worst(largest, tolerance);
      worst = worst.isBelow(own) ? own : worst;
    }
    if (wrong > 0) {
      String place = actual.length == 1 ? "" : "[%d]".formatted(at);
      String many = wrong == 1 ? "" : " (and %d more values are wrong)".formatted(wrong - 1);
      fail(
          String.format(
              Locale.ROOT,
              "%s%s: %.8g instead of %.8g, tolerance %.1e%s",
              what,
              place,
              actual[at],
              expected[at],
              tolerance,
              many));
    }
  }

  /** The same ids in the same order. */
  void ids(String what, int[] actual, JsonNode expected) {
    int[] wanted = Json.ints(expected);
    int at = 0;
    while (at < actual.length && at < wanted.length && actual[at] == wanted[at]) {
      at++;
    }
    count += Math.max(1, wanted.length);
    if (at == actual.length && at == wanted.length) {
      return;
    }
    fail(
        at < actual.length && at < wanted.length
            ? "%s[%d]: %d instead of %d".formatted(what, at, actual[at], wanted[at])
            : "%s: %d ids instead of %d".formatted(what, actual.length, wanted.length));
  }

  /** Equal values. */
  void same(String what, @Nullable Object actual, @Nullable Object expected) {
    count++;
    if (!Objects.equals(actual, expected)) {
      fail("%s: %s instead of %s".formatted(what, shown(actual), shown(expected)));
    }
  }

  /** The same names; what is missing and what is too many is named. */
  void names(String what, Set<String> actual, Set<String> expected) {
    count += Math.max(1, expected.size());
    expected.stream()
        .filter(name -> !actual.contains(name))
        .forEach(name -> fail("%s: %s is missing".formatted(what, name)));
    actual.stream()
        .filter(name -> !expected.contains(name))
        .forEach(name -> fail("%s: %s is not expected".formatted(what, name)));
  }

  /** A fact. */
  void holds(String what, boolean fact) {
    count++;
    if (!fact) {
      fail(what);
    }
  }

  void fail(String sentence) {
    failures.add(sentence);
  }

  /** Something that this engine cannot do. */
  void unsupported(String what) {
    fail("not supported: " + what);
  }

  /** Something that stands in the case and is not checked. */
  void unchecked(String what) {
    unchecked.add(what);
  }

  Outcome outcome(String name) {
    if (count == 0 && failures.isEmpty()) {
      fail("nothing was checked");
    }
    Outcome.Verdict verdict = failures.isEmpty() ? Outcome.Verdict.PASS : Outcome.Verdict.FAIL;
    return new Outcome(name, verdict, count, worst, failures, unchecked);
  }

  private static String shown(@Nullable Object value) {
    String text = value instanceof String s ? '"' + s.replace("\n", "\\n") + '"' : "" + value;
    return text.length() <= 160 ? text : text.substring(0, 160) + "...";
  }
}
