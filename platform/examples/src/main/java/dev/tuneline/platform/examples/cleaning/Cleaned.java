package dev.tuneline.platform.examples.cleaning;

import dev.tuneline.platform.examples.Example;
import java.util.List;
import java.util.Set;

/** What cleaning made of messages. */
public sealed interface Cleaned {
  /**
   * They are kept.
   *
   * @param changed the steps that changed one of them
   */
  record Kept(List<Example.Message> messages, Set<Step> changed) implements Cleaned {}

  /**
   * They are dropped.
   *
   * @param turn index of the message that says why
   * @param reason stable code in UPPER_SNAKE_CASE
   * @param message one sentence for people, with the mend
   */
  record Refused(int turn, String reason, String message) implements Cleaned {}
}
