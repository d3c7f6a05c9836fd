package dev.tuneline.platform.examples.layout;

import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lines with places for cells: {@code {column}}, or {@code {column|text}} for a text that stands in
 * for an empty cell. A line is left out when all its places are empty, or when it repeats the one
 * before.
 *
 * @param lines the lines, joined by line feeds
 */
record Template(List<String> lines) {
  private static final Pattern PLACE = Pattern.compile("\\{([a-z_][a-z0-9_]*)(?:\\|([^{}]*))?}");

  Template {
    lines = List.copyOf(lines);
  }

  /** The columns that it has places for, in their order. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    for (String line : lines) {
      Matcher place = PLACE.matcher(line);
      while (place.find()) {
        columns.add(place.group(1));
      }
    }
    return columns;
  }

  /** The column of the first place if an empty cell leaves it empty, else null. */
  @Nullable String demanded() {
    for (String line : lines) {
      Matcher place = PLACE.matcher(line);
      if (place.find()) {
        return place.group(2) == null || place.group(2).isEmpty() ? place.group(1) : null;
      }
    }
    return null;
  }

  /**
   * Returns normally when every place is one of the columns.
   *
   * @throws Problem UNKNOWN_COLUMN
   */
  void check(Set<String> known, String field) {
    for (String column : columns()) {
      if (!known.contains(column)) {
        throw Problem.caller("UNKNOWN_COLUMN", "the template names '" + column + "'")
            .at(Problem.FIELD, field)
            .mend("use the layout's columns: " + String.join(", ", known));
      }
    }
  }

  /** The text that cells make. */
  String fill(Function<String, String> cells) {
    List<String> filled = new ArrayList<>();
    for (String line : lines) {
      Matcher place = PLACE.matcher(line);
      StringBuilder text = new StringBuilder();
      boolean any = false;
      boolean empty = true;
      while (place.find()) {
        String cell = cells.apply(place.group(1)).strip();
        String shown = cell.isEmpty() && place.group(2) != null ? place.group(2) : cell;
        any = true;
        empty &= shown.isEmpty();
        place.appendReplacement(text, Matcher.quoteReplacement(shown));
      }
      place.appendTail(text);
      boolean repeated = any && !filled.isEmpty() && filled.getLast().contentEquals(text);
      if (!any || (!empty && !repeated)) {
        filled.add(text.toString());
      }
    }
    return String.join("\n", filled);
  }
}
