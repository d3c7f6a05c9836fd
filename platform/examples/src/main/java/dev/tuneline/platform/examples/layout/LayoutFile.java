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
      Set.of("layout", "columns", "needs", "prompt", "reply", "only_if", "choices", "turns");

  private final String file;

  private LayoutFile(String file) {
    this.file = file;
  }

  /**
   * A layout. One that names another by {@code layout} changes that one's columns and templates.
   *
   * @param file the file's name, for messages
   * @throws Problem INVALID_LAYOUT or UNKNOWN_COLUMN
   */
  static Layout parse(String name, String text, String file) {
    Object root;
    try {
      root = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
    } catch (YAMLException e) {
      throw Problem.caller("INVALID_LAYOUT", "this is no YAML: " + e.getMessage())
          .at(Problem.FILE, file);
    }
    return new LayoutFile(file).layout(name, root);
  }

  private Layout layout(String name, @Nullable Object root) {
    Map<String, Object> keys = map(root, "");
    for (String key : keys.keySet()) {
      if (!KEYS.contains(key)) {
        throw invalid("unknown key '" + key + "'", key)
            .mend("use " + String.join(", ", KEYS.stream().sorted().toList()));
      }
    }
    String other = text(keys, "layout", null);
    Layout base = other == null ? null : Layouts.named(other);
    Map<String, List<String>> columns =
        base == null ? new LinkedHashMap<>() : new LinkedHashMap<>(base.columns());
    if (keys.containsKey("columns")) {
      map(keys.get("columns"), "columns")
          .forEach((column, names) -> columns.put(column, list(names, "columns")));
    }
    return new Layout(
        base == null ? name : base.name(),
        columns,
        Set.copyOf(list(keys, "needs", base == null ? List.of() : List.copyOf(base.needs()))),
        Set.of(),
        template(keys, "prompt", base == null ? null : base.prompt()),
        template(keys, "reply", base == null ? null : base.reply()),
        text(keys, "only_if", base == null ? null : base.onlyIf()),
        text(keys, "choices", base == null ? null : base.choices()),
        text(keys, "turns", base == null ? null : base.turns()));
  }

  private Template template(Map<String, Object> keys, String key, @Nullable Template base) {
    Template template = new Template(list(keys, key, base == null ? List.of() : base.lines()));
    if (template.columns().isEmpty() && !keys.containsKey("turns") && base == null) {
      throw invalid("there is no template with a column", key)
          .mend("write it as a list of lines such as [\"{question}\"]");
    }
    return template;
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
