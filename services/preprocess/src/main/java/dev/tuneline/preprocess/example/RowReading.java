package dev.tuneline.preprocess.example;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.RowColumns;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Makes an example of a row, or says why there is none: the prompt is the title, or title and
 * question on two lines, or the question; the answer is the reply. Cells are stripped here and
 * nowhere before. Rows that are flagged as not best are left out; where there is no such column, or
 * the row has no such cell, all are kept.
 */
public final class RowReading {
  private static final Set<String> YES = Set.of("1", "true", "yes", "是");
  private static final Set<String> NO = Set.of("0", "false", "no", "否", "");

  private final RowColumns columns;

  public RowReading(RowColumns columns) {
    this.columns = columns;
  }

  /** What became of a row. */
  public sealed interface Reading {
    /** It is an example. */
    record Kept(Example example) implements Reading {}

    /** It is none. */
    record Rejected(RowRejection rejection) implements Reading {}
  }

  /** Reads one row; pure. */
  public Reading read(RowReceived row) {
    String title = cell(row, columns.title());
    String question = cell(row, columns.question());
    String reply = cell(row, columns.reply());
    if (reply.isEmpty()) {
      return rejected(
          row, columns.reply(), "MISSING_REPLY", "the row has no answer; fill in the reply");
    }
    String prompt = prompt(title, question);
    if (prompt.isEmpty()) {
      return rejected(
          row,
          columns.title(),
          "MISSING_PROMPT",
          "the row asks nothing; fill in title or question");
    }
    if (row.containsCells(columns.isBest())) {
      String flag = cell(row, columns.isBest()).toLowerCase(Locale.ROOT);
      if (NO.contains(flag)) {
        return rejected(
            row, columns.isBest(), "NOT_BEST", "the row is flagged as not the best answer");
      }
      if (!YES.contains(flag)) {
        return rejected(
            row,
            columns.isBest(),
            "BAD_FLAG",
            "the flag is neither yes nor no; write 1, true, yes or 是, or 0, false, no or 否");
      }
    }
    return new Reading.Kept(
        Example.of(
            prompt,
            reply,
            new Example.Source(row.getSource().getFile(), row.getSource().getLine())));
  }

  private static String prompt(String title, String question) {
    if (title.isEmpty() || title.equals(question)) {
      return question;
    }
    return question.isEmpty() ? title : title + "\n" + question;
  }

  private static String cell(RowReceived row, String column) {
    Map<String, String> cells = row.getCellsMap();
    return cells.getOrDefault(column, "").strip();
  }

  /** The rejection of a row. */
  public static RowRejection rejection(
      RowReceived row, String column, String reason, String message) {
    return RowRejection.newBuilder()
        .setSource(row.getSource())
        .setColumn(column)
        .setReason(reason)
        .setMessage(message)
        .build();
  }

  private static Reading rejected(RowReceived row, String column, String reason, String message) {
    return new Reading.Rejected(rejection(row, column, reason, message));
  }
}
