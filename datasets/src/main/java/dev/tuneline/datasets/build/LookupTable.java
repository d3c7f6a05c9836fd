package dev.tuneline.datasets.build;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Gives rows the columns of a table whose key they name. Keys are compared without regard to
 * capitals and outer white space. Where a key has several entries, a row takes one by a hash of its
 * cells.
 *
 * @param input the table
 * @param key the table's column that is looked up
 * @param by the rows' column that names the key
 * @param columns what a row calls a column, and what the table does; empty takes all but the key
 * @param maxEntries the most rows of the table, which is held in memory
 */
record LookupTable(
    TableInput input, String key, String by, Map<String, String> columns, int maxEntries) {
  private static final int USUAL_ENTRIES = 100_000;

  static LookupTable of(RecipeYaml yaml, Path folder) {
    String key = yaml.required("key");
    Map<String, String> columns = new LinkedHashMap<>();
    RecipeYaml named = yaml.section("columns");
    if (named != null) {
      named.keys().forEach(column -> columns.put(column, named.required(column)));
    }
    LookupTable table =
        new LookupTable(
            TableInput.of(yaml, folder),
            key,
            yaml.text("by", key),
            columns,
            (int) yaml.number("max_entries", USUAL_ENTRIES, 1, 10_000_000));
    yaml.done();
    return table;
  }

  /** The table in memory. */
  Entries load() {
    Map<String, List<Map<String, String>>> entries = new HashMap<>();
    Set<String> found = new LinkedHashSet<>();
    try (TableReader table = input.read()) {
      int count = 0;
      for (TableRecord record = table.next(); record != null; record = table.next()) {
        switch (record) {
          case TableRecord.Rejected rejected ->
              throw Problem.caller(rejected.flaw().name(), rejected.message())
                  .at(Problem.FILE, input.name())
                  .at(Problem.LINE, rejected.line())
                  .at(Problem.COLUMN, rejected.column());
          case TableRecord.Row row -> {
            if (++count > maxEntries) {
              throw Problem.caller(
                      "LOOKUP_TOO_LARGE", "the table has more than " + maxEntries + " rows")
                  .at(Problem.FILE, input.name())
                  .at(Problem.FIELD, "lookup.max_entries");
            }
            String value = cell(row, key);
            Map<String, String> given = new LinkedHashMap<>();
            if (columns.isEmpty()) {
              given.putAll(row.cells());
              given.remove(key);
            } else {
              columns.forEach((name, column) -> given.put(name, cell(row, column)));
            }
            found.addAll(given.keySet());
            entries.computeIfAbsent(normal(value), _ -> new ArrayList<>()).add(given);
          }
        }
      }
    }
    return new Entries(this, entries, found);
  }

  private String cell(TableRecord.Row row, String column) {
    String cell = row.cells().get(column);
    if (cell == null) {
      throw Problem.caller("MISSING_COLUMN", "there is no column '" + column + "'")
          .at(Problem.FILE, input.name())
          .at(Problem.LINE, row.line())
          .at(Problem.COLUMN, column)
          .mend("name a column of the table");
    }
    return cell;
  }

  private static String normal(String key) {
    return key.strip().toLowerCase(Locale.ROOT);
  }

  /**
   * A table that was read.
   *
   * @param added the columns that rows get
   */
  record Entries(
      LookupTable table, Map<String, List<Map<String, String>>> entries, Set<String> added) {
    /** The row with the table's columns, or its rejection. */
    Incoming extend(Incoming.Row row) {
      String key = row.cells().get(table.by);
      if (key == null || key.isBlank()) {
        return new Incoming.Rejected(
            row.line(), table.by, "MISSING_KEY", "the row names no key; fill in " + table.by);
      }
      List<Map<String, String>> given = entries.get(normal(key));
      if (given == null) {
        return new Incoming.Rejected(
            row.line(),
            table.by,
            "UNKNOWN_KEY",
            "the key is not in %s; add it there".formatted(table.input.name()));
      }
      int chosen = Math.floorMod(Hashes.of(row.cells()), given.size());
      Map<String, String> cells = new LinkedHashMap<>(row.cells());
      cells.putAll(given.get(chosen));
      return row.with(
          cells,
          "lookup in " + table.input.name() + (given.size() == 1 ? "" : ", entry " + (chosen + 1)));
    }
  }
}
