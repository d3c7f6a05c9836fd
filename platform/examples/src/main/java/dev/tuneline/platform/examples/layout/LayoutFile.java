package dev.tuneline.platform.examples.layout;

import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/** Reads layouts from YAML; the shipped ones show every key. */
final class LayoutFile {
  private static final Set<String> KEYS =
      Set.of(
          "layout",
          "columns",
          "needs",
          "prompt",
          "reply",
          "variants",
          "varied",
          "only_if",
          "choices",
          "turns");
  private static final Set<String> WORDING_KEYS = Set.of("prompt", "reply");

  private final @Nullable String name;
  private final String file;

  private LayoutFile(@Nullable String name, String file) {
    this.name = name;
    this.file = file;
  }

  /**
   * A layout. One that names another by {@code layout} changes that one's columns and templates.
   *
   * @param name what it is called, or null for the other's name
   * @param file the file's name, for messages
   * @throws Problem INVALID_LAYOUT or UNKNOWN_COLUMN
   */
  static Layout parse(@Nullable String name, String text, String file) {
    Object root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    } catch (YAMLException e) {
      throw Problem.caller("INVALID_LAYOUT", "this is no YAML: " + e.getMessage())
          .at(Problem.FILE, file);
    }
    return new LayoutFile(name, file).layout(root);
  }

  /**
   * A layout of a caller's own: keys with values, as a YAML text holds them.
   *
   * @throws Problem INVALID_LAYOUT, UNKNOWN_LAYOUT or UNKNOWN_COLUMN
   */
  static Layout of(Map<String, ?> keys, String file) {
    return new LayoutFile(null, file).layout(keys);
  }

  private Layout layout(@Nullable Object root) {
    Map<String, Object> keys = known(map(root, ""), KEYS);
    String other = text(keys, "layout", null);
    Layout base = other == null ? null : Layouts.named(other);
    Map<String, List<String>> columns =
        base == null ? new LinkedHashMap<>() : new LinkedHashMap<>(base.columns());
    if (keys.containsKey("columns")) {
      map(keys.get("columns"), "columns")
          .forEach((column, names) -> columns.put(column, list(names, "columns")));
    }
    List<Wording> wordings = wordings(keys, base);
    if (base == null && !keys.containsKey("columns")) {
      wordings.forEach(
          wording -> {
            wording.prompt().columns().forEach(column -> columns.put(column, List.of(column)));
            wording.reply().columns().forEach(column -> columns.put(column, List.of(column)));
          });
    }
    return new Layout(
        name != null ? name : base != null ? base.name() : "own",
        columns,
        Set.copyOf(list(keys, "needs", base == null ? List.of() : List.copyOf(base.needs()))),
        Set.of(),
        wordings,
        Boolean.parseBoolean(text(keys, "varied", String.valueOf(base != null && base.varied()))),
        text(keys, "only_if", base == null ? null : base.onlyIf()),
        text(keys, "choices", base == null ? null : base.choices()),
        text(keys, "turns", base == null ? null : base.turns()));
  }

  /** The usual wording and its variants; those of another layout go with its usual wording. */
  private List<Wording> wordings(Map<String, Object> keys, @Nullable Layout base) {
    Wording other = base == null ? null : base.wordings().getFirst();
    Wording usual =
        new Wording(
            template(keys, "prompt", other == null ? null : other.prompt()),
            template(keys, "reply", other == null ? null : other.reply()));
    List<Wording> wordings = new ArrayList<>(List.of(usual));
    if (keys.get("variants") instanceof List<?> variants) {
      for (Object variant : variants) {
        Map<String, Object> own = known(map(variant, "variants"), WORDING_KEYS);
        wordings.add(
            new Wording(
                template(own, "prompt", usual.prompt()), template(own, "reply", usual.reply())));
      }
    } else if (keys.containsKey("variants")) {
      throw invalid("a list is expected", "variants")
          .mend("write it as a list of {prompt: [...], reply: [...]}");
    } else if (base != null && !keys.containsKey("prompt") && !keys.containsKey("reply")) {
      wordings.addAll(base.wordings().subList(1, base.wordings().size()));
    }
    return wordings;
  }

  private Template template(Map<String, Object> keys, String key, @Nullable Template base) {
    Template template = new Template(list(keys, key, base == null ? List.of() : base.lines()));
    boolean asksNothing =
        key.equals("prompt") && keys.containsKey(key) && template.lines().isEmpty();
    boolean empty =
        key.equals("prompt") ? template.columns().isEmpty() : template.lines().isEmpty();
    if (empty && !asksNothing && !keys.containsKey("turns") && base == null) {
      throw invalid("there is no template with a column", key)
          .mend("write it as a list of lines such as [\"{question}\"]");
    }
    return template;
  }

  private Map<String, Object> known(Map<String, Object> keys, Set<String> known) {
    for (String key : keys.keySet()) {
      if (!known.contains(key)) {
        throw invalid("unknown key '" + key + "'", key)
            .mend("use " + String.join(", ", known.stream().sorted().toList()));
      }
    }
    return keys;
  }

  private List<String> list(Map<String, Object> keys, String key, List<String> otherwise) {
    Object given = keys.get(key);
    return given == null ? otherwise : list(given, key);
  }

  private static @Nullable String text(
      Map<String, Object> keys, String key, @Nullable String otherwise) {
    Object given = keys.get(key);
    return given == null ? otherwise : given.toString();
  }

  private Map<String, Object> map(@Nullable Object value, String key) {
    if (!(value instanceof Map<?, ?> map)) {
      throw invalid("keys with values are expected", key);
    }
    Map<String, Object> keys = new LinkedHashMap<>();
    map.forEach((k, v) -> keys.put(String.valueOf(k), v == null ? "" : v));
    return keys;
  }

  private List<String> list(Object value, String key) {
    if (value instanceof Map<?, ?>) {
      throw invalid("a list is expected", key);
    }
    Stream<?> elements = value instanceof List<?> list ? list.stream() : Stream.of(value);
    return new ArrayList<>(elements.map(String::valueOf).toList());
  }

  private Problem invalid(String message, String key) {
    Problem problem = Problem.caller("INVALID_LAYOUT", message).at(Problem.FILE, file);
    return key.isEmpty() ? problem : problem.at(Problem.FIELD, key);
  }
}
