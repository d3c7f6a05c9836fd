package dev.tuneline.parity;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The table of outcomes, printed as they come. */
final class Report {
  private static final int SHOWN_FAILURES = 5;
  private static final int SHOWN_NAMES = 4;

  private final PrintStream out;
  private final int width;
  private final List<Outcome> outcomes = new ArrayList<>();

  /** Prints the heading for {@code cases}. */
  Report(PrintStream out, List<ParityCase> cases) {
    this.out = out;
    this.width = cases.stream().mapToInt(c -> c.name().length()).max().orElse(0);
    row("case", "checks", "worst error", "tolerance", "result");
  }

  void add(Outcome outcome) {
    outcomes.add(outcome);
    Outcome.Worst worst = outcome.worst();
    boolean exact = worst.tolerance() == 0;
    row(
        outcome.name(),
        String.format(Locale.ROOT, "%,d", outcome.checks()),
        exact ? "-" : String.format(Locale.ROOT, "%.1e", worst.error()),
        exact ? "exact" : String.format(Locale.ROOT, "%.1e", worst.tolerance()),
        outcome.verdict().name().toLowerCase(Locale.ROOT));
    List<String> failures = outcome.failures();
    failures.stream().limit(SHOWN_FAILURES).forEach(failure -> out.println("    " + failure));
    if (failures.size() > SHOWN_FAILURES) {
      out.printf("    and %d more failures%n", failures.size() - SHOWN_FAILURES);
    }
  }

  /** Prints what was left unchecked and the sums. */
  void close() {
    Map<String, List<String>> unchecked = new TreeMap<>();
    for (Outcome outcome : outcomes) {
      for (String what : new TreeSet<>(outcome.unchecked())) {
        unchecked.computeIfAbsent(what, _ -> new ArrayList<>()).add(outcome.name());
      }
    }
    out.println();
    unchecked.forEach((what, names) -> out.printf("not checked: %s in %s%n", what, listed(names)));
    out.printf(
        Locale.ROOT,
        "%d cases, %,d checks: %d passed, %d failed%n",
        outcomes.size(),
        outcomes.stream().mapToInt(Outcome::checks).sum(),
        count(Outcome.Verdict.PASS),
        count(Outcome.Verdict.FAIL));
  }

  /** Whether no case failed. */
  boolean passed() {
    return outcomes.stream().noneMatch(Outcome::failed);
  }

  private static String listed(List<String> names) {
    return names.size() <= SHOWN_NAMES
        ? String.join(", ", names)
        : "%s and %d more"
            .formatted(
                String.join(", ", names.subList(0, SHOWN_NAMES)), names.size() - SHOWN_NAMES);
  }

  private long count(Outcome.Verdict verdict) {
    return outcomes.stream().filter(o -> o.verdict() == verdict).count();
  }

  private void row(String name, String checks, String worst, String tolerance, String result) {
    out.printf("%-" + width + "s %9s  %11s  %9s  %s%n", name, checks, worst, tolerance, result);
  }
}
