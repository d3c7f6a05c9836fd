package dev.tuneline.platform.examples.layout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How rows of one shape become examples: what their columns are called, and the texts that are made
 * of them, or the column that holds a whole conversation.
 *
 * @param name what it is called
 * @param columns its columns, each with the names it is known by, the first of which is the usual
 * @param needs columns without which there is no example, besides the reply's
 * @param named columns that a caller named himself, which a table must therefore have
 * @param wordings the texts that are made of a row, the usual one first; a conversation has one
 *     without lines
 * @param varied whether each row takes one of the wordings, by a hash of its cells, instead of the
 *     usual one
 * @param onlyIf the column that flags rows to be learned from, or null
 * @param choices the column that lists what may be answered, or null
 * @param turns the column that is a conversation, or null
 */
public record Layout(
    String name,
    Map<String, List<String>> columns,
    Set<String> needs,
    Set<String> named,
    List<Wording> wordings,
    boolean varied,
    @Nullable String onlyIf,
    @Nullable String choices,
    @Nullable String turns) {
  /** Why a row is refused whose cell should be a text and is a number, a list or the like. */
  public static final String NOT_A_TEXT = "NOT_A_TEXT";

  private static final Set<String> YES = Set.of("1", "true", "yes", "是");
  private static final Set<String> NO = Set.of("0", "false", "no", "否", "");
  private static final int SHOWN_COLUMNS = 20;
  private static final JsonFactory JSON = new JsonFactory();

  public Layout {
    columns = Collections.unmodifiableMap(new LinkedHashMap<>(columns));
    needs = Set.copyOf(needs);
    named = Set.copyOf(named);
    wordings = List.copyOf(wordings);
    if (wordings.isEmpty()) {
      throw new IllegalArgumentException("a layout has a wording");
    }
    for (Wording wording : wordings) {
      wording.check(columns.keySet());
    }
  }

  /** This layout, each row of which takes one of its wordings, or all the usual one. */
  public Layout varied(boolean each) {
    return new Layout(name, columns, needs, named, wordings, each, onlyIf, choices, turns);
  }

  /** This layout without the column that flags rows to be learned from. */
  public Layout unflagged() {
    return new Layout(name, columns, needs, named, wordings, varied, null, choices, turns);
  }

  /** Whether the row has a flag and it says yes. */
  public boolean isFlagged(Map<String, String> cells) {
    return onlyIf != null && YES.contains(cell(onlyIf, cells).toLowerCase(Locale.ROOT));
  }

  /** The names of all columns whose cells must be texts. */
  public Set<String> texts() {
    Set<String> texts = new LinkedHashSet<>();
    for (String column : columns.keySet()) {
      if (!column.equals(onlyIf) && !column.equals(choices) && !column.equals(turns)) {
        texts.addAll(names(column));
      }
    }
    return texts;
  }

  /** Whether its rows are plain texts, which nobody says. */
  boolean isText() {
    return turns == null && wordings.getFirst().isText();
  }

  /** How many of the layout's columns a row with these has. */
  int matches(Set<String> found) {
    return (int) columns.keySet().stream().filter(column -> has(column, found)).count();
  }

  /** What these columns lack to make an example, by its usual name; empty when nothing is. */
  public List<String> missingFrom(Set<String> found) {
    List<String> missing = new ArrayList<>();
    Wording usual = wordings.getFirst();
    Set<String> prompts = usual.prompt().columns();
    if (!prompts.isEmpty() && prompts.stream().noneMatch(column -> has(column, found))) {
      prompts.forEach(column -> missing.add(names(column).getFirst()));
    }
    Set<String> required = new LinkedHashSet<>(needs);
    required.addAll(named);
    if (turns != null) {
      required.add(turns);
    } else {
      usual.reply().columns().stream().limit(1).forEach(required::add);
    }
    for (String column : required) {
      String name = names(column).getFirst();
      if (!has(column, found) && !missing.contains(name)) {
        missing.add(name);
      }
    }
    return missing;
  }

  /**
   * Returns normally when a table's columns can make examples.
   *
   * @param columns the columns in the table's order
   * @param file the table's name, for the message
   * @param line where the header stands
   * @throws Problem MISSING_COLUMN
   */
  public void checkTable(List<String> columns, String file, long line) {
    List<String> missing = missingFrom(new LinkedHashSet<>(columns));
    if (!missing.isEmpty()) {
      List<String> shown = columns.subList(0, Math.min(SHOWN_COLUMNS, columns.size()));
      throw Problem.caller(
              "MISSING_COLUMN",
              "there is no column '%s' of the layout %s among: %s"
                  .formatted(String.join("', '", missing), name, String.join(", ", shown)))
          .at(Problem.FILE, file)
          .at(Problem.LINE, line)
          .at(Problem.COLUMN, String.join(", ", missing))
          .mend("name the columns in the first line, or say in the mapping what they are called");
    }
  }

  /**
   * The column that an example's answer, or what it asks, comes from, as rows with these columns
   * call it; empty when several make it.
   */
  public String columnOf(boolean answer, Set<String> found) {
    if (turns != null) {
      return called(turns, found);
    }
    Wording usual = wordings.getFirst();
    List<String> columns =
        (answer ? usual.reply() : usual.prompt())
            .columns().stream().filter(column -> has(column, found)).toList();
    return columns.size() == 1 ? called(columns.getFirst(), found) : "";
  }

  /** Makes messages of a row, or says why there are none; pure. */
  public Reading read(Map<String, String> cells) {
    if (!varied || wordings.size() == 1) {
      return read(wordings.getFirst(), cells);
    }
    List<Reading> readings = readAll(cells);
    List<Reading> kept = readings.stream().filter(Reading.Kept.class::isInstance).toList();
    return kept.isEmpty() ? readings.getFirst() : kept.get(Math.floorMod(hash(cells), kept.size()));
  }

  /** What each of the wordings makes of a row, in their order; pure. */
  public List<Reading> readAll(Map<String, String> cells) {
    return wordings.stream().map(wording -> read(wording, cells)).toList();
  }

  private Reading read(Wording wording, Map<String, String> cells) {
    if (turns != null) {
      String name = called(turns, cells.keySet());
      return Turns.read(name, cells.get(name));
    }
    Set<String> asked = wording.prompt().columns();
    for (String column : columns.keySet()) {
      if (needs.contains(column) && cell(column, cells).isEmpty()) {
        return missing(column, cells, asked.contains(column) ? "MISSING_PROMPT" : "MISSING_REPLY");
      }
    }
    String answer = wording.reply().demanded();
    if (answer != null && cell(answer, cells).isEmpty()) {
      return missing(answer, cells, wording.isText() ? "MISSING_TEXT" : "MISSING_REPLY");
    }
    if (!asked.isEmpty() && asked.stream().allMatch(column -> cell(column, cells).isEmpty())) {
      return missing(asked.iterator().next(), cells, "MISSING_PROMPT");
    }
    Reading.@Nullable Refused flaw =
        choices == null || answer == null ? null : checkChoice(choices, answer, cells);
    if (flaw == null && onlyIf != null) {
      flaw = checkFlag(onlyIf, cells);
    }
    if (flaw != null) {
      return flaw;
    }
    String reply = wording.reply().fill(column -> shown(column, cells));
    return new Reading.Kept(
        wording.isText()
            ? List.of(Message.text(reply))
            : List.of(
                new Message("user", wording.prompt().fill(column -> shown(column, cells))),
                new Message("assistant", reply)),
        false);
  }

  /** The same for equal cells of the layout's columns, whatever the row calls them. */
  private int hash(Map<String, String> cells) {
    int hash = 1;
    for (String column : columns.keySet()) {
      hash = 31 * hash + cell(column, cells).hashCode();
    }
    // Spreads the high bits, as the count of wordings is small.
    hash ^= hash >>> 16;
    hash *= 0x85EBCA6B;
    return hash ^ (hash >>> 13);
  }

  /**
   * As {@link #read(Map)}, of a row that had types: a cell that was no text is no answer either,
   * however it is written.
   *
   * @param untyped the columns whose cells were no texts, and whether there was something in them
   */
  public Reading read(Map<String, String> cells, Map<String, Boolean> untyped) {
    return typed(read(cells), untyped);
  }

  /** As {@link #readAll(Map)}, of a row that had types. */
  public List<Reading> readAll(Map<String, String> cells, Map<String, Boolean> untyped) {
    return readAll(cells).stream().map(reading -> typed(reading, untyped)).toList();
  }

  private Reading typed(Reading reading, Map<String, Boolean> untyped) {
    if (untyped.isEmpty()) {
      return reading;
    }
    return switch (reading) {
      case Reading.Refused refused ->
          refused.blank() && turns == null && untyped.containsKey(refused.column())
              ? notText(refused.column())
              : refused;
      case Reading.Kept kept -> {
        Set<String> texts = texts();
        yield untyped.entrySet().stream()
            .filter(cell -> cell.getValue() && texts.contains(cell.getKey()))
            .findFirst()
            .<Reading>map(cell -> notText(cell.getKey()))
            .orElse(kept);
      }
    };
  }

  private static Reading.Refused notText(String column) {
    return new Reading.Refused(
        column, NOT_A_TEXT, "the cell is no text; put it into quotes", false);
  }

  private Reading.@Nullable Refused checkFlag(String column, Map<String, String> cells) {
    String name = called(column, cells.keySet());
    if (!cells.containsKey(name)) {
      return null;
    }
    String flag = cell(column, cells).toLowerCase(Locale.ROOT);
    if (NO.contains(flag)) {
      return new Reading.Refused(
          name, "NOT_BEST", "the row is flagged as not the best answer", false);
    }
    return YES.contains(flag)
        ? null
        : new Reading.Refused(
            name,
            "BAD_FLAG",
            "the flag is neither yes nor no; write 1, true, yes or 是, or 0, false, no or 否",
            false);
  }

  private Reading.@Nullable Refused checkChoice(
      String column, String answer, Map<String, String> cells) {
    String name = called(column, cells.keySet());
    List<String> allowed = list(cells.getOrDefault(name, ""));
    if (allowed.isEmpty()) {
      return new Reading.Refused(
          name,
          "BAD_CHOICES",
          "the row has no list of categories; write [\"one\", \"two\"]",
          false);
    }
    String answered = called(answer, cells.keySet());
    return allowed.contains(cells.get(answered))
        ? null
        : new Reading.Refused(
            answered,
            "NOT_A_CHOICE",
            "the answer is none of the categories; spell it alike",
            false);
  }

  private Reading.Refused missing(String column, Map<String, String> cells, String reason) {
    String name = called(column, cells.keySet());
    String what =
        switch (reason) {
          case "MISSING_REPLY" -> "the row has no answer";
          case "MISSING_TEXT" -> "the row has no text";
          default -> "the row asks nothing";
        };
    return new Reading.Refused(name, reason, what + "; fill in " + name, cells.containsKey(name));
  }

  private String cell(String column, Map<String, String> cells) {
    return cells.getOrDefault(called(column, cells.keySet()), "").strip();
  }

  /** A cell as it is written into a text: a list becomes its elements. */
  private String shown(String column, Map<String, String> cells) {
    String cell = cell(column, cells);
    return column.equals(choices) ? String.join("、", list(cell)) : cell;
  }

  private List<String> names(String column) {
    return columns.getOrDefault(column, List.of(column));
  }

  private boolean has(String column, Set<String> found) {
    return names(column).stream().anyMatch(found::contains);
  }

  /** What the row calls a column; its usual name when it has none. */
  private String called(String column, Set<String> found) {
    List<String> names = names(column);
    return names.stream().filter(found::contains).findFirst().orElse(names.getFirst());
  }

  /** The texts of a JSON list; none when the cell is something else. */
  private static List<String> list(String cell) {
    List<String> texts = new ArrayList<>();
    try (JsonParser json = JSON.createParser(cell)) {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        return List.of();
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
          return List.of();
        }
        texts.add(json.getText());
      }
    } catch (IOException e) {
      return List.of();
    }
    return texts;
  }
}
