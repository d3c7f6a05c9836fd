package dev.tuneline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Figures as a table for people and as JSON for programs. */
final class Report {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROW = "%-58s %10s %10s %7s  %-9s %-8s %s%n";

  private Report() {}

  static String heading() {
    return ROW.formatted("", "ours", "peer", "ratio", "unit", "goal", "met");
  }

  static String rows(List<Figure> figures) {
    StringBuilder rows = new StringBuilder();
    for (Figure figure : figures) {
      Boolean met = figure.met();
      rows.append(
          ROW.formatted(
              figure.name(),
              number(figure.medians().ours()),
              number(figure.medians().peer()),
              number(figure.ratio()),
              figure.unit(),
              Objects.requireNonNullElse(figure.goal(), "-"),
              met == null ? "-" : met ? "yes" : "no"));
    }
    return rows.toString();
  }

  private static String number(@Nullable Double value) {
    return value == null ? "-" : String.format(Locale.ROOT, value < 100 ? "%.3f" : "%.1f", value);
  }

  /**
   * A list of {name, ours, peer, ratio, unit, goal}; peer and ratio are null without a peer, goal
   * where there is none.
   */
  static void write(List<Figure> figures, Path file) throws IOException {
    ArrayNode list = JSON.createArrayNode();
    for (Figure figure : figures) {
      list.addObject()
          .put("name", figure.name())
          .put("ours", figure.medians().ours())
          .put("peer", figure.medians().peer())
          .put("ratio", figure.ratio())
          .put("unit", figure.unit())
          .put("goal", figure.goal() == null ? null : figure.goal().toString());
    }
    JSON.writerWithDefaultPrettyPrinter().writeValue(file.toFile(), list);
  }
}
