package dev.tuneline.datasets.build;

import static java.util.Objects.requireNonNull;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Rows made of lists: every combination of one entry of each, or a sample of them without
 * repetition. The first list varies slowest. A row's line is the number of its combination.
 *
 * @param lists name to entries; an entry fills one place or, from a table, one for each column
 * @param sample how many combinations, or 0 for all
 * @param max the most rows; more are refused, so that a long list is no surprise
 */
record Filling(Map<String, List<Map<String, String>>> lists, long sample, long max) {
  private static final int MAX_ENTRIES = 100_000;
  private static final long USUAL_MAX = 100_000;

  static Filling of(RecipeYaml yaml, Path folder) {
    Map<String, List<Map<String, String>>> lists = new LinkedHashMap<>();
    RecipeYaml given = yaml.section("lists");
    if (given == null || given.keys().isEmpty()) {
      throw yaml.invalid("lists", "there are no lists").mend("write lists: {city: [one, two]}");
    }
    for (String name : given.keys()) {
      List<Map<String, String>> entries = new ArrayList<>();
      if (given.isSection(name)) {
        RecipeYaml table = requireNonNull(given.section(name));
        entries.addAll(table(TableInput.of(table, folder)));
        table.done();
      } else {
        given.texts(name).forEach(text -> entries.add(Map.of(name, text)));
      }
      if (entries.isEmpty()) {
        throw given.invalid(name, "the list is empty");
      }
      lists.put(name, entries);
    }
    Filling filling =
        new Filling(
            lists,
            yaml.number("sample", 0, 1, 10_000_000),
            yaml.number("max", USUAL_MAX, 1, Integer.MAX_VALUE));
    yaml.done();
    if (filling.count() > filling.max) {
      throw yaml.invalid("lists", filling.count() + " rows are more than max, " + filling.max)
          .mend("sample some of them, or raise max");
    }
    return filling;
  }

  private static List<Map<String, String>> table(TableInput input) {
    List<Map<String, String>> entries = new ArrayList<>();
    try (TableReader table = input.read()) {
      for (TableRecord record = table.next(); record != null; record = table.next()) {
        switch (record) {
          case TableRecord.Rejected rejected ->
              throw Problem.caller(rejected.flaw().name(), rejected.message())
                  .at(Problem.FILE, input.name())
                  .at(Problem.LINE, rejected.line());
          case TableRecord.Row row -> entries.add(row.cells());
        }
        if (entries.size() > MAX_ENTRIES) {
          throw Problem.caller("LIST_TOO_LONG", "a list has at most " + MAX_ENTRIES + " entries")
              .at(Problem.FILE, input.name());
        }
      }
    }
    return entries;
  }

  /** How many combinations there are, at most 2^63 - 1. */
  long combinations() {
    long product = 1;
    for (List<Map<String, String>> entries : lists.values()) {
      if (product > Long.MAX_VALUE / entries.size()) {
        return Long.MAX_VALUE;
      }
      product *= entries.size();
    }
    return product;
  }

  private long count() {
    return sample == 0 ? combinations() : Math.min(sample, combinations());
  }

  /** The columns of its rows. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    lists.values().forEach(entries -> entries.forEach(entry -> columns.addAll(entry.keySet())));
    return columns;
  }

  /** Its rows, the same for the same seed. */
  Rows open(long seed) {
    return new Combinations(sample == 0 ? null : sampled(new Random(seed)));
  }

  /** Floyd's sampling (Bentley 1987), in order. */
  private NavigableSet<Long> sampled(Random random) {
    NavigableSet<Long> chosen = new TreeSet<>();
    long all = combinations();
    for (long last = all - count(); last < all; last++) {
      long drawn = random.nextLong(last + 1);
      if (!chosen.add(drawn)) {
        chosen.add(last);
      }
    }
    return chosen;
  }

  private final class Combinations implements Rows {
    private final @Nullable NavigableSet<Long> chosen;
    private long next;

    Combinations(@Nullable NavigableSet<Long> chosen) {
      this.chosen = chosen;
    }

    @Override
    public @Nullable Incoming next() {
      long number;
      if (chosen == null) {
        if (next == combinations()) {
          return null;
        }
        number = next++;
      } else {
        Long first = chosen.pollFirst();
        if (first == null) {
          return null;
        }
        number = first;
      }
      return new Incoming.Row(
          new TableRecord.Row(number + 1, cells(number), Map.of()), List.of("filled from lists"));
    }

    private Map<String, String> cells(long number) {
      List<Map<String, String>> entries = new ArrayList<>();
      long rest = number;
      for (List<Map<String, String>> list : List.copyOf(lists.values()).reversed()) {
        entries.add(list.get((int) (rest % list.size())));
        rest /= list.size();
      }
      Map<String, String> cells = new LinkedHashMap<>();
      entries.reversed().forEach(cells::putAll);
      return cells;
    }

    @Override
    public void close() {}
  }
}
