package dev.tuneline.platform.examples.layout;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.RowMapping;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
          "crime",
          "text");

  /** What else may be learned from rows of a layout; taken by name, never by columns. */
  private static final Map<String, Layout> CONVERSIONS =
      shipped(
          "answer-to-question",
          "context-to-question",
          "question-to-title",
          "summary-to-title",
          "summary-to-article",
          "crime-to-questions",
          "crime-to-name");

  private static final String VARIED = "-varied";

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
    return new Layouts(LayoutFile.parse(null, yaml, file));
  }

  /**
   * The layout that keys with values describe, for all rows.
   *
   * @param file where they stand, for messages
   * @throws Problem INVALID_LAYOUT, UNKNOWN_LAYOUT or UNKNOWN_COLUMN
   */
  public static Layouts of(Map<String, ?> keys, String file) {
    return new Layouts(LayoutFile.of(keys, file));
  }

  /** This layout, for all rows. */
  public static Layouts of(Layout layout) {
    return new Layouts(layout);
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
            wordings(mapping, base),
            base.varied(),
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
   * The one layout by which all rows of a file are read: that of its header, and where there is
   * none the one that most of its first rows fit, of which those that lack nothing count twice.
   *
   * @param header the columns of every row; empty when each row names its own
   * @param firstRows the columns of each of the first rows, when there is no header
   * @param file the file's name, for the message
   * @param line where the header stands
   * @throws Problem MISSING_COLUMN
   */
  public Layout forFile(
      List<String> header, Collection<Set<String>> firstRows, String file, long line) {
    if (!header.isEmpty()) {
      Layout layout = forColumns(new LinkedHashSet<>(header));
      layout.checkTable(header, file, line);
      return layout;
    }
    Map<Layout, Integer> votes = new LinkedHashMap<>();
    for (Set<String> columns : firstRows) {
      Layout voted = forColumns(columns);
      votes.merge(voted, voted.missingFrom(columns).isEmpty() ? 2 : 1, Integer::sum);
    }
    return votes.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElseGet(() -> forColumns(Set.of()));
  }

  /**
   * The layout of a row.
   *
   * @param decided the name of the layout that was decided for the row's file; empty for a row that
   *     came alone
   */
  public Layout forRow(String decided, Set<String> columns) {
    Layout shipped = given == null ? SHIPPED.get(decided) : given;
    return shipped == null ? forColumns(columns) : shipped;
  }

  /**
   * A shipped layout or conversion. With {@code -varied} after its name each row takes one of its
   * wordings.
   *
   * @throws Problem UNKNOWN_LAYOUT
   */
  public static Layout named(String name) {
    boolean varied = name.endsWith(VARIED);
    String plain = varied ? name.substring(0, name.length() - VARIED.length()) : name;
    Layout layout = SHIPPED.get(plain);
    if (layout == null) {
      layout = CONVERSIONS.get(plain);
    }
    if (layout == null) {
      throw Problem.caller("UNKNOWN_LAYOUT", "there is no layout '" + name + "'")
          .at(Problem.FIELD, "layout")
          .mend(
              "use one of %s, or a conversion: %s; any may be followed by %s"
                  .formatted(
                      String.join(", ", SHIPPED.keySet()),
                      String.join(", ", CONVERSIONS.keySet()),
                      VARIED));
    }
    return varied ? layout.varied(true) : layout;
  }

  /** The names of the layouts that are told by their columns, then those of the conversions. */
  public static List<String> names() {
    return Stream.concat(SHIPPED.keySet().stream(), CONVERSIONS.keySet().stream()).toList();
  }

  /** Those that lack nothing come first, then those of which more columns are there. */
  private static Layout recognise(Set<String> columns) {
    int most =
        SHIPPED.values().stream().mapToInt(layout -> layout.matches(columns)).max().orElse(0);
    return SHIPPED.values().stream()
        .filter(layout -> layout.matches(columns) > 0)
        // A column of texts beside others that are known is a part of something else.
        .filter(layout -> !layout.isText() || layout.matches(columns) == most)
        .min(
            Comparator.comparingInt(
                    (Layout layout) -> layout.missingFrom(columns).isEmpty() ? 0 : 1)
                .thenComparingInt(layout -> -layout.matches(columns)))
        .orElseGet(() -> named(USUAL));
  }

  /** The base's wordings; templates of the mapping's own replace them all. */
  private static List<Wording> wordings(RowMapping mapping, Layout base) {
    if (mapping.getPromptCount() == 0 && mapping.getReplyCount() == 0) {
      return base.wordings();
    }
    Wording usual = base.wordings().getFirst();
    return List.of(
        new Wording(
            mapping.getPromptCount() == 0 ? usual.prompt() : new Template(mapping.getPromptList()),
            mapping.getReplyCount() == 0 ? usual.reply() : new Template(mapping.getReplyList())));
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
