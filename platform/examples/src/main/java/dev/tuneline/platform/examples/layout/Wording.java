package dev.tuneline.platform.examples.layout;

import java.util.Set;

/**
 * The texts that a layout makes of a row.
 *
 * @param prompt what is asked; where it has places, one of their columns at least must have a cell;
 *     without lines nothing is asked, and the reply is a plain text
 * @param reply what is answered; its first place must have a cell or a text that stands in for it
 */
record Wording(Template prompt, Template reply) {
  /** Whether nothing is asked. */
  boolean isText() {
    return prompt.lines().isEmpty();
  }

  /**
   * Returns normally when every place is one of the columns.
   *
   * @throws dev.tuneline.errors.Problem UNKNOWN_COLUMN
   */
  void check(Set<String> known) {
    prompt.check(known, "prompt");
    reply.check(known, "reply");
  }
}
