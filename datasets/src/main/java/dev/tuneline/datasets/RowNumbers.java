package dev.tuneline.datasets;

import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which rows of a file are meant, counted from 1: {@code 1,5-9}.
 *
 * @param ranges the parts, in the order in which they were given
 */
record RowNumbers(List<Range> ranges) {
  private static final Pattern PART =
      Pattern.compile("\\s*([1-9]\\d{0,17})(?:\\s*-\\s*([1-9]\\d{0,17}))?\\s*");

  record Range(long first, long last) {}

  RowNumbers {
    ranges = List.copyOf(ranges);
  }

  /**
   * Reads what a person wrote.
   *
   * @throws Problem BAD_ROWS
   */
  static RowNumbers parse(String text) {
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher range = PART.matcher(part);
      if (!range.matches()) {
        throw bad(text);
      }
      long first = Long.parseLong(range.group(1));
      long last = range.group(2) == null ? first : Long.parseLong(range.group(2));
      if (last < first) {
        throw bad(text);
      }
      ranges.add(new Range(first, last));
    }
    return new RowNumbers(ranges);
  }

  boolean contains(long number) {
    return ranges.stream().anyMatch(range -> range.first() <= number && number <= range.last());
  }

  /** The last row that is meant. */
  long last() {
    return ranges.stream().mapToLong(Range::last).max().orElseThrow();
  }

  private static Problem bad(String text) {
    return Problem.caller("BAD_ROWS", "these are no rows: '" + text + "'")
        .at(Problem.FIELD, "--rows")
        .mend("write numbers and ranges, counted from 1, such as 1,5-9");
  }
}
