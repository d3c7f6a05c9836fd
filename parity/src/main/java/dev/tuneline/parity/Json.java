package dev.tuneline.parity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads the documents of a folder of cases. */
final class Json {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private Json() {}

  /** Parses {@code file}. */
  static JsonNode read(Path file) {
    return parse(text(file), file, 0);
  }

  /** Parses each line of {@code file} that is not blank. */
  static List<JsonNode> lines(Path file) {
    List<JsonNode> documents = new ArrayList<>();
    int number = 0;
    for (String line : text(file).lines().toList()) {
      number++;
      if (!line.isBlank()) {
        documents.add(parse(line, file, number));
      }
    }
    return documents;
  }

  private static JsonNode parse(String text, Path file, int line) {
    try {
      JsonNode document = MAPPER.readTree(text);
      if (document.isObject() || document.isArray()) {
        return document;
      }
      throw Problem.caller("MALFORMED_CASE", "not a JSON document").at(Problem.FILE, file);
    } catch (JsonProcessingException e) {
      throw Problem.caller("MALFORMED_CASE", "not valid JSON: " + e.getOriginalMessage())
          .at(Problem.FILE, file)
          .at(Problem.LINE, Math.max(line, e.getLocation().getLineNr()));
    }
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw Problem.caller("MISSING_FILE", "there is no " + file.getFileName())
          .at(Problem.FILE, file);
    }
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A field that must be there. */
  static JsonNode field(JsonNode node, String name) {
    JsonNode value = node.get(name);
    if (value == null) {
      throw Problem.caller("MALFORMED_CASE", "the field " + name + " is missing")
          .at(Problem.FIELD, name);
    }
    return value;
  }

  /** A string that must be there. */
  static String text(JsonNode node, String name) {
    JsonNode value = field(node, name);
    if (!value.isTextual()) {
      throw Problem.caller("MALFORMED_CASE", name + " must be a string").at(Problem.FIELD, name);
    }
    return value.textValue();
  }

  /** The names of an object's fields. */
  static Set<String> names(JsonNode object) {
    return object.propertyStream().map(Map.Entry::getKey).collect(Collectors.toSet());
  }

  static List<String> strings(JsonNode array) {
    return array.valueStream().map(JsonNode::asText).toList();
  }

  static int[] ints(JsonNode array) {
    return array.valueStream().mapToInt(JsonNode::intValue).toArray();
  }

  static List<Integer> list(JsonNode array) {
    return Arrays.stream(ints(array)).boxed().toList();
  }

  /** Numbers, with the words that JSON has no numbers for, and truth values as 0 and 1. */
  static double[] doubles(JsonNode array) {
    return array.valueStream().mapToDouble(Json::number).toArray();
  }

  static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static double number(JsonNode node) {
    return switch (node.asText()) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      case "true" -> 1;
      case "false" -> 0;
      default -> {
        if (!node.isNumber()) {
          throw Problem.caller("MALFORMED_CASE", "\"" + node.asText() + "\" is not a number");
        }
        yield node.doubleValue();
      }
    };
  }
}
