package dev.tuneline.platform.examples;

import dev.tuneline.proto.v1.RowMapping;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The columns of a row that make an example: a row mapping with its defaults filled in.
 *
 * @param title the prompt, or its first line
 * @param question the prompt, or what follows its first line
 * @param reply the answer
 * @param isBest whether the row is to be learned from
 * @param named the columns that the mapping names itself, which therefore must be there
 */
public record RowColumns(
    String title, String question, String reply, String isBest, Set<String> named) {
  public RowColumns {
    named = Set.copyOf(named);
  }

  /** The mapping's columns; empty names mean title, question, reply and is_best. */
  public static RowColumns of(RowMapping mapping) {
    List<String> given = new ArrayList<>();
    return new RowColumns(
        name(mapping.getTitleColumn(), "title", given),
        name(mapping.getQuestionColumn(), "question", given),
        name(mapping.getReplyColumn(), "reply", given),
        name(mapping.getIsBestColumn(), "is_best", given),
        Set.copyOf(given));
  }

  /**
   * What a table lacks: the answer, a prompt (title or question), or a column that the mapping
   * names. Empty when every example can be made.
   */
  public List<String> missingFrom(Set<String> columns) {
    List<String> missing = new ArrayList<>();
    for (String prompt : List.of(title, question)) {
      boolean needed = !columns.contains(title) && !columns.contains(question);
      if (!columns.contains(prompt) && (needed || named.contains(prompt))) {
        missing.add(prompt);
      }
    }
    if (!columns.contains(reply)) {
      missing.add(reply);
    }
    if (!columns.contains(isBest) && named.contains(isBest)) {
      missing.add(isBest);
    }
    return missing;
  }

  private static String name(String given, String fallback, List<String> named) {
    String stripped = given.strip();
    if (stripped.isEmpty()) {
      return fallback;
    }
    named.add(stripped);
    return stripped;
  }
}
