package dev.tuneline.platform.examples.layout;

import dev.tuneline.platform.examples.Example;
import java.util.List;

/** What became of a row. */
public sealed interface Reading {
  /**
   * Its messages, at least two, of which the last is the assistant's, or one plain text.
   *
   * @param cut whether a user's turn that nobody answered was left out at the end
   */
  record Kept(List<Example.Message> messages, boolean cut) implements Reading {}

  /**
   * It has none.
   *
   * @param column the column that says so, as the row calls it
   * @param reason stable code in UPPER_SNAKE_CASE
   * @param message one sentence for people, with the mend
   * @param blank whether the column is there but empty
   */
  record Refused(String column, String reason, String message, boolean blank) implements Reading {}
}
