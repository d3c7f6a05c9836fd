package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.Example.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Joins the examples of rows that follow each other and agree in some columns into one
 * conversation. For one thread.
 */
final class Dialogues {
  /**
   * What is joined.
   *
   * @param per the columns that rows of one conversation agree in
   * @param maxExchanges the most rows of a conversation
   */
  record Settings(List<String> per, int maxExchanges) {
    /** Reads {@code per} and {@code max_exchanges}, or gives null for none. */
    static @Nullable Settings of(@Nullable RecipeYaml yaml) {
      if (yaml == null) {
        return null;
      }
      yaml.required("per");
      Settings settings =
          new Settings(yaml.texts("per"), (int) yaml.number("max_exchanges", 8, 2, 1_000));
      yaml.done();
      return settings;
    }
  }

  /** A conversation, where it begins, and how it came about. */
  record Joined(List<Message> messages, long line, List<String> built) {}

  private final Settings settings;
  private final List<Message> messages = new ArrayList<>();
  private List<String> key = List.of();
  private List<String> built = List.of();
  private long firstLine;
  private long lastLine;
  private int rows;

  Dialogues(Settings settings) {
    this.settings = settings;
  }

  /** Adds a row's messages; gives the conversation that ended before it, or null. */
  @Nullable Joined add(Incoming.Row row, List<Message> turns, List<String> steps) {
    List<String> rowKey = key(row.cells());
    boolean goesOn =
        rows > 0
            && rowKey.equals(key)
            && rows < settings.maxExchanges()
            && turns.getFirst().role().equals("user");
    Joined ended = goesOn ? null : end();
    if (!goesOn) {
      key = rowKey;
      firstLine = row.line();
      built = steps;
    }
    messages.addAll(turns);
    lastLine = row.line();
    rows++;
    return ended;
  }

  /** The conversation that has begun, or null when none has. */
  @Nullable Joined end() {
    if (rows == 0) {
      return null;
    }
    List<String> steps = new ArrayList<>(built);
    if (rows > 1) {
      steps.add("dialogue of %d rows, to line %d".formatted(rows, lastLine));
    }
    Joined joined = new Joined(List.copyOf(messages), firstLine, steps);
    messages.clear();
    rows = 0;
    return joined;
  }

  private List<String> key(Map<String, String> cells) {
    return settings.per().stream().map(name -> cells.getOrDefault(name, "").strip()).toList();
  }
}
