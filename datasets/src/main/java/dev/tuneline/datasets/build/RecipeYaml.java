package dev.tuneline.datasets.build;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Keys with values in a YAML file. Every complaint names the file, the line and the key; a key that
 * nobody asked for is one.
 */
final class RecipeYaml {
  private static final int MAX_BYTES = 16 << 20;

  private final String file;
  private final String path;
  private final Node node;
  private final Map<String, Node> values = new LinkedHashMap<>();
  private final List<String> asked = new ArrayList<>();

  private RecipeYaml(String file, String path, Node node) {
    this.file = file;
    this.path = path;
    this.node = node;
    if (!(node instanceof MappingNode mapping)) {
      throw problem("INVALID_YAML", "keys with values are expected", node, path);
    }
    for (NodeTuple entry : mapping.getValue()) {
      String key = scalar(entry.getKeyNode(), path);
      if (values.put(key, entry.getValueNode()) != null) {
        throw problem("INVALID_YAML", "the key stands twice", entry.getKeyNode(), dotted(key));
      }
    }
  }

  /**
   * A file's keys.
   *
   * @throws Problem FILE_NOT_FOUND, FILE_UNREADABLE or INVALID_YAML
   */
  static RecipeYaml read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw Problem.caller("FILE_TOO_LARGE", "a recipe has at most " + MAX_BYTES + " bytes")
            .at(Problem.FILE, file);
      }
      return parse(Files.readString(file), file.toString());
    } catch (NoSuchFileException e) {
      throw Problem.caller("FILE_NOT_FOUND", "there is no such file").at(Problem.FILE, file);
    } catch (IOException e) {
      throw Problem.caller("FILE_UNREADABLE", "the file cannot be read: " + e.getMessage())
          .at(Problem.FILE, file);
    }
  }

  /** A text's keys; {@code file} is for messages. */
  static RecipeYaml parse(String text, String file) {
    Node root;
    try {
      LoaderOptions options = new LoaderOptions();
      options.setCodePointLimit(MAX_BYTES);
      root = new Yaml(options).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      Problem problem =
          Problem.caller("INVALID_YAML", String.valueOf(e.getProblem())).at(Problem.FILE, file);
      throw e.getProblemMark() == null
          ? problem
          : problem.at(Problem.LINE, e.getProblemMark().getLine() + 1);
    } catch (YAMLException e) {
      throw Problem.caller("INVALID_YAML", "this is no YAML: " + e.getMessage())
          .at(Problem.FILE, file);
    }
    if (root == null) {
      throw Problem.caller("INVALID_YAML", "the file is empty").at(Problem.FILE, file);
    }
    return new RecipeYaml(file, "", root);
  }

  String file() {
    return file;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  List<String> keys() {
    return List.copyOf(values.keySet());
  }

  /** Whether the value is keys with values itself. */
  boolean isSection(String key) {
    return values.get(key) instanceof MappingNode;
  }

  @Nullable String text(String key) {
    Node value = ask(key);
    return value == null ? null : scalar(value, dotted(key));
  }

  String text(String key, String otherwise) {
    String text = text(key);
    return text == null ? otherwise : text;
  }

  String required(String key) {
    String text = text(key);
    if (text == null || text.isBlank()) {
      throw problem("MISSING_FIELD", "there is no '" + key + "'", node, dotted(key));
    }
    return text;
  }

  long number(String key, long otherwise, long least, long most) {
    String text = text(key);
    if (text == null) {
      return otherwise;
    }
    long number;
    try {
      number = Long.parseLong(text.replace("_", ""));
    } catch (NumberFormatException e) {
      throw invalid(key, "a whole number is expected");
    }
    if (number < least || number > most) {
      throw invalid(key, "a number from " + least + " to " + most + " is expected");
    }
    return number;
  }

  double decimal(String key, double otherwise, double least, double most) {
    String text = text(key);
    if (text == null) {
      return otherwise;
    }
    double number;
    try {
      number = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw invalid(key, "a number is expected");
    }
    if (!(number >= least && number <= most)) {
      throw invalid(key, "a number from " + least + " to " + most + " is expected");
    }
    return number;
  }

  boolean flag(String key, boolean otherwise) {
    String text = text(key);
    if (text == null) {
      return otherwise;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes" -> true;
      case "false", "no" -> false;
      default -> throw invalid(key, "true or false is expected");
    };
  }

  /** One of an enumeration's names, in lower case and with hyphens. */
  <E extends Enum<E>> E choice(String key, E otherwise) {
    String text = text(key);
    if (text == null) {
      return otherwise;
    }
    List<String> names = new ArrayList<>();
    for (E constant : otherwise.getDeclaringClass().getEnumConstants()) {
      String name = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (name.equals(text)) {
        return constant;
      }
      names.add(name);
    }
    throw invalid(key, "'" + text + "' is none of " + String.join(", ", names));
  }

  /** A list of texts; one text is a list of one, and none an empty list. */
  List<String> texts(String key) {
    Node value = ask(key);
    if (value == null) {
      return List.of();
    }
    if (value instanceof SequenceNode list) {
      return list.getValue().stream().map(element -> scalar(element, dotted(key))).toList();
    }
    return List.of(scalar(value, dotted(key)));
  }

  @Nullable RecipeYaml section(String key) {
    Node value = ask(key);
    return value == null ? null : new RecipeYaml(file, dotted(key), value);
  }

  /** A list of keys with values. */
  List<RecipeYaml> sections(String key) {
    Node value = ask(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof SequenceNode list)) {
      throw invalid(key, "a list is expected");
    }
    List<RecipeYaml> sections = new ArrayList<>();
    for (int i = 0; i < list.getValue().size(); i++) {
      sections.add(new RecipeYaml(file, dotted(key) + "[" + i + "]", list.getValue().get(i)));
    }
    return sections;
  }

  /** The value as maps, lists and texts. */
  Map<String, Object> plain(String key) {
    RecipeYaml section = section(key);
    if (section == null) {
      return Map.of();
    }
    Map<String, Object> plain = new LinkedHashMap<>();
    section.values.forEach((name, value) -> plain.put(name, section.plain(value)));
    return plain;
  }

  private Object plain(Node value) {
    return switch (value) {
      case SequenceNode list -> list.getValue().stream().map(this::plain).toList();
      case MappingNode mapping -> {
        Map<String, Object> plain = new LinkedHashMap<>();
        mapping
            .getValue()
            .forEach(
                entry -> plain.put(scalar(entry.getKeyNode(), path), plain(entry.getValueNode())));
        yield plain;
      }
      default -> scalar(value, path);
    };
  }

  /** Complains about a key that nobody asked for. */
  void done() {
    for (Map.Entry<String, Node> entry : values.entrySet()) {
      if (!asked.contains(entry.getKey())) {
        throw problem(
                "UNKNOWN_FIELD",
                "unknown key '" + entry.getKey() + "'",
                entry.getValue(),
                dotted(entry.getKey()))
            .mend("use one of " + String.join(", ", asked));
      }
    }
  }

  /** A complaint about a key's value. */
  Problem invalid(String key, String message) {
    Node value = values.get(key);
    return problem("INVALID_FIELD", message, value == null ? node : value, dotted(key));
  }

  private @Nullable Node ask(String key) {
    if (!asked.contains(key)) {
      asked.add(key);
    }
    return values.get(key);
  }

  private String scalar(Node value, String field) {
    if (value instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw problem("INVALID_YAML", "a text or a number is expected", value, field);
  }

  private Problem problem(String reason, String message, Node at, String field) {
    Problem problem =
        Problem.caller(reason, message)
            .at(Problem.FILE, file)
            .at(Problem.LINE, at.getStartMark().getLine() + 1);
    return field.isEmpty() ? problem : problem.at(Problem.FIELD, field);
  }

  private String dotted(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }
}
