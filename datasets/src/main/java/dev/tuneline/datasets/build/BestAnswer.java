package dev.tuneline.datasets.build;

import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Reading;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which answer of a question is learned from: those that are flagged as accepted, or else one by a
 * rule. The rows of a question may stand anywhere in the file.
 *
 * @param per the columns that tell questions apart; empty: what the layout asks
 * @param by how an answer is chosen
 * @param column whose number is highest, for {@link Rule#HIGHEST}
 */
record BestAnswer(List<String> per, Rule by, String column) {
  /** How an answer is chosen; of equals the first in the file wins. */
  enum Rule {
    FIRST,
    LONGEST,
    HIGHEST
  }

  /** Reads {@code per}, and {@code by}: first, longest, or a column such as votes. */
  static BestAnswer of(RecipeYaml yaml) {
    String by = yaml.required("by");
    Rule rule =
        switch (by.toLowerCase(Locale.ROOT)) {
          case "first" -> Rule.FIRST;
          case "longest" -> Rule.LONGEST;
          default -> Rule.HIGHEST;
        };
    BestAnswer best = new BestAnswer(yaml.texts("per"), rule, rule == Rule.HIGHEST ? by : "");
    yaml.done();
    return best;
  }

  /** The numbers of the rows that are learned from, counted from 0; reads all rows. */
  BitSet choose(Rows rows, Layout layout, Firsts firsts) {
    Layout unflagged = layout.unflagged();
    long number = 0;
    for (Incoming incoming = rows.next(); incoming != null; incoming = rows.next()) {
      if (incoming instanceof Incoming.Row row
          && unflagged.read(row.cells(), row.row().untyped()) instanceof Reading.Kept kept) {
        Long rank = layout.isFlagged(row.cells()) ? Long.valueOf(Firsts.ALL_WIN) : rank(row, kept);
        if (rank != null) {
          firsts.add(question(row.cells(), kept), rank, number);
        }
      }
      number++;
    }
    return firsts.winners();
  }

  /** What is wrong with a row's number, or null. */
  Incoming.@Nullable Rejected flaw(Incoming.Row row) {
    return by != Rule.HIGHEST || number(row.cells()) != null
        ? null
        : new Incoming.Rejected(
            row.line(), column, "NOT_A_NUMBER", "the cell is no number; write one or none");
  }

  private String question(Map<String, String> cells, Reading.Kept kept) {
    StringBuilder question = new StringBuilder();
    if (per.isEmpty()) {
      for (Message message : kept.messages().subList(0, kept.messages().size() - 1)) {
        question.append(message.content()).append('\n');
      }
    }
    for (String name : per) {
      String cell = cells.getOrDefault(name, "").strip();
      question.append(cell.length()).append(':').append(cell);
    }
    return question.toString();
  }

  private @Nullable Long rank(Incoming.Row row, Reading.Kept kept) {
    return switch (by) {
      case FIRST -> 0L;
      case LONGEST -> -(long) kept.messages().getLast().content().length();
      case HIGHEST -> {
        Double number = number(row.cells());
        yield number == null ? null : Long.valueOf(descending(number));
      }
    };
  }

  /** The cell's number; a cell that is empty or not there counts as 0. */
  private @Nullable Double number(Map<String, String> cells) {
    String cell = cells.getOrDefault(column, "").strip();
    try {
      double number = cell.isEmpty() ? 0 : Double.parseDouble(cell);
      return Double.isNaN(number) ? null : number;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** A whole number that is smaller the larger the given one is. */
  private static long descending(double number) {
    long bits = Double.doubleToLongBits(-number);
    long ascending = bits >= 0 ? bits : Long.MIN_VALUE - bits;
    return Math.max(ascending, Firsts.ALL_WIN + 1);
  }
}
