package dev.tuneline.platform.examples.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.RowMapping;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which layout rows have: a given one, or the shipped one that their columns fit best. For all
 * threads.
 */
public final class Layouts {
  /** Where nothing fits: what rows have been since the first release. */
  private static final String USUAL = "forum";

  private static final int MAX_REMEMBERED = 1_000;

  /** In the order in which they are tried; of two that fit alike the earlier one is taken. */
  private static final Map<String, Layout> SHIPPED =
      shipped(
          USUAL,
          "prompt-response",
          "classification",
          "instruction",
          "conversations",
          "context-question-answer",
          "summary",
          "crime");

  private final @Nullable Layout given;
  private final Map<Set<String>, Layout> remembered = new ConcurrentHashMap<>();

  private Layouts(@Nullable Layout given) {
    this.given = given;
  }

  /** Every layout is told by its columns. */
  public static Layouts recognised() {
    return new Layouts(null);
  }

  /**
   * The layout that a YAML text describes, for all rows.
   *
   * @param file the text's name, for messages
   * @throws Problem INVALID_LAYOUT, UNKNOWN_LAYOUT or UNKNOWN_COLUMN
   */
  public static Layouts of(String yaml, String file) {
    return new Layouts(LayoutFile.parse("own", yaml, file));
  }

  /**
   * What a mapping says; an empty one says nothing.
   *
   * @throws Problem UNKNOWN_LAYOUT or UNKNOWN_COLUMN
   */
  public static Layouts of(RowMapping mapping) {
    if (mapping.equals(RowMapping.getDefaultInstance())) {
      return recognised();
    }
    Layout base = named(mapping.getLayout().isEmpty() ? USUAL : mapping.getLayout());
    Map<String, List<String>> columns = new LinkedHashMap<>(base.columns());
    Set<String> named = new LinkedHashSet<>();
    Map<String, String> names = new LinkedHashMap<>(mapping.getColumnsMap());
    names.put("title", mapping.getTitleColumn());
    names.put("question", mapping.getQuestionColumn());
    names.put("reply", mapping.getReplyColumn());
    names.put("is_best", mapping.getIsBestColumn());
    names.forEach(
        (column, name) -> {
          if (!name.isBlank()) {
            columns.put(column, List.of(name.strip()));
            named.add(column);
          }
        });
    return new Layouts(
        new Layout(
            base.name(),
            columns,
            base.needs(),
            named,
            mapping.getPromptCount() == 0 ? base.prompt() : new Template(mapping.getPromptList()),
            mapping.getReplyCount() == 0 ? base.reply() : new Template(mapping.getReplyList()),
            base.onlyIf(),
            base.choices(),
            base.turns()));
  }

  /** The layout of a row, or a table, with these columns. */
  public Layout forColumns(Set<String> columns) {
    if (given != null) {
      return given;
    }
    Layout known = remembered.get(columns);
    if (known == null) {
      known = recognise(columns);
      if (remembered.size() < MAX_REMEMBERED) {
        remembered.put(Set.copyOf(columns), known);
      }
    }
    return known;
  }

  /**
   * A shipped layout.
   *
   * @throws Problem UNKNOWN_LAYOUT
   */
  static Layout named(String name) {
    Layout layout = SHIPPED.get(name);
    if (layout == null) {
      throw Problem.caller("UNKNOWN_LAYOUT", "there is no layout '" + name + "'")
          .at(Problem.FIELD, "layout")
          .mend("use one of " + String.join(", ", SHIPPED.keySet()));
    }
    return layout;
  }

  /** Those that lack nothing come first, then those of which more columns are there. */
  private static Layout recognise(Set<String> columns) {
    return SHIPPED.values().stream()
        .filter(layout -> layout.matches(columns) > 0)
        .min(
            Comparator.comparingInt(
                    (Layout layout) -> layout.missingFrom(columns).isEmpty() ? 0 : 1)
                .thenComparingInt(layout -> -layout.matches(columns)))
        .orElseGet(() -> named(USUAL));
  }

  private static Map<String, Layout> shipped(String... names) {
    return List.of(names).stream()
        .collect(
            Collectors.toMap(
                name -> name, Layouts::read, (a, _) -> a, () -> new LinkedHashMap<>()));
  }

  private static Layout read(String name) {
    String file = name + ".yaml";
    try (InputStream in = Layouts.class.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("the layout " + file + " is not shipped");
      }
      return LayoutFile.parse(name, new String(in.readAllBytes(), UTF_8), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
