package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.Example.Message;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which turns of a conversation are answered by an example of their own.
 *
 * @param each whether every answer is, instead of the last alone
 * @param history how many exchanges before it an example keeps; a system turn is always kept
 */
record Turning(boolean each, int history) {
  /** The last answer after all that was said. */
  static final Turning LAST = new Turning(false, Integer.MAX_VALUE);

  private enum Answers {
    LAST,
    EACH
  }

  /** Reads {@code answers} (last or each) and {@code history}. */
  static Turning of(@Nullable RecipeYaml yaml) {
    if (yaml == null) {
      return LAST;
    }
    Turning turning =
        new Turning(
            yaml.choice("answers", Answers.LAST) == Answers.EACH,
            (int) yaml.number("history", Integer.MAX_VALUE, 0, Integer.MAX_VALUE));
    yaml.done();
    return turning;
  }

  /** The conversations that this makes of one, at least one; pure. */
  List<List<Message>> apply(List<Message> messages) {
    int first = messages.getFirst().role().equals("system") ? 1 : 0;
    List<List<Message>> made = new ArrayList<>();
    for (int answer = first + 1; answer < messages.size(); answer += 2) {
      if (each || answer == messages.size() - 1) {
        int from = (int) Math.max(first, answer - 1 - 2L * history);
        List<Message> turns = new ArrayList<>(messages.subList(0, first));
        turns.addAll(messages.subList(from, answer + 1));
        made.add(turns);
      }
    }
    return made;
  }
}
