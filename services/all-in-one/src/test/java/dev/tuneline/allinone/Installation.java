package dev.tuneline.allinone;

import static java.util.Objects.requireNonNull;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.micronaut.context.annotation.ConfigurationProperties;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What the project's files say about how it is installed. */
final class Installation {
  static final List<String> SERVICES =
      List.of("ingest", "preprocess", "trainer", "evaluator", "inference-gateway");

  private Installation() {}

  /** The folder of the whole project. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("docker-compose.yml"))) {
      folder = requireNonNull(folder.getParent(), "docker-compose.yml was not found");
    }
    return folder;
  }

  /** The documents of a YAML file. */
  static List<Map<String, Object>> documents(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return StreamSupport.stream(yaml().loadAll(in).spliterator(), false)
          .map(Installation::map)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Yaml yaml() {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(options));
  }

  @SuppressWarnings("unchecked")
  static Map<String, Object> map(Object value) {
    return (Map<String, Object>) value;
  }

  @SuppressWarnings("unchecked")
  static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  /** The value at a dotted path; fails when there is none. */
  static Object at(Map<String, Object> tree, String path) {
    Object value = tree;
    for (String key : path.split("\\.", -1)) {
      value =
          requireNonNull(
              key.matches("\\d+") ? list(value).get(Integer.parseInt(key)) : map(value).get(key),
              () -> path + " is missing in " + tree);
    }
    return value;
  }

  /** The port that a service listens on unless told otherwise; {@code kind} is http or grpc. */
  static int port(String service, String kind) {
    for (String file : List.of(service + ".yml", "tuneline.yml")) {
      try (InputStream in = Installation.class.getResourceAsStream("/" + file)) {
        Map<String, Object> tuneline =
            map(at(map(yaml().load(requireNonNull(in, file))), "tuneline"));
        if (tuneline.get(kind) instanceof Map<?, ?> door && door.get("port") != null) {
          return (Integer) door.get("port");
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    throw new AssertionError("no " + kind + " port for " + service);
  }

  /** Every environment variable that sets a configuration key of ours. */
  static Set<String> variables() {
    Set<String> variables = new TreeSet<>();
    for (JavaClass type :
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.tuneline")) {
      if (type.isAnnotatedWith(ConfigurationProperties.class)) {
        String prefix = type.getAnnotationOfType(ConfigurationProperties.class).value();
        type.getFields().stream()
            .filter(field -> !field.getModifiers().toString().contains("STATIC"))
            .forEach(field -> variables.add(variable(prefix + "." + field.getName())));
      }
    }
    return variables;
  }

  private static String variable(String key) {
    return key.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
        .replace('.', '_')
        .replace('-', '_')
        .toUpperCase(Locale.ROOT);
  }

  /** The image that the build makes for a service. */
  static String image(String service) {
    Path pom = root().resolve("services").resolve(service).resolve("pom.xml");
    try {
      String text = Files.readString(pom);
      String name = between(text, "<tuneline.image>", "</tuneline.image>");
      String version = between(text, "<version>", "</version>");
      String pattern =
          between(Files.readString(root().resolve("services/pom.xml")), "<to>", "</to>");
      return between(pattern, "<image>", "</image>")
          .replace("${tuneline.image}", name)
          .replace("${project.version}", version);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String between(String text, String start, String end) {
    int from = text.indexOf(start);
    int to = text.indexOf(end, from);
    if (from < 0 || to < 0) {
      throw new AssertionError("no " + start + " in: " + text);
    }
    return text.substring(from + start.length(), to).strip();
  }
}
