package dev.tuneline.gateway.http;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.tuneline.errors.Problem;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * A JSON object of a request, read field by field so that what is wrong is named. Fields that are
 * absent or null count as not given; fields that nobody reads are let be, as OpenAI does.
 */
final class RequestJson {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String path;
  private final JsonNode object;

  private RequestJson(String path, JsonNode object) {
    this.path = path;
    this.object = object;
  }

  /**
   * The object that {@code body} holds.
   *
   * @throws Problem MALFORMED_JSON with line and column, INVALID_TYPE when it is no object
   */
  static RequestJson parse(String body) {
    JsonNode root;
    try {
      root = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      Problem problem =
          Problem.caller("MALFORMED_JSON", "the body is not JSON: " + e.getOriginalMessage());
      JsonLocation place = e.getLocation();
      if (place != null) {
        problem =
            problem.at(Problem.LINE, place.getLineNr()).at(Problem.COLUMN, place.getColumnNr());
      }
      throw problem.mend("send one JSON object").causedBy(e);
    }
    if (!root.isObject()) {
      throw Problem.caller("INVALID_TYPE", "the body is not a JSON object")
          .mend("send one JSON object");
    }
    return new RequestJson("", root);
  }

  /** The full name of a field, for messages. */
  String name(String field) {
    return path.isEmpty() ? field : path + "." + field;
  }

  boolean has(String field) {
    return !get(field).isNull();
  }

  String requiredText(String field) {
    return text(field).orElseThrow(() -> missing(name(field)));
  }

  Optional<String> text(String field) {
    JsonNode node = get(field);
    if (node.isNull()) {
      return Optional.empty();
    }
    if (!node.isTextual()) {
      throw wrongType(name(field), "a string", node);
    }
    return Optional.of(node.textValue());
  }

  boolean flag(String field) {
    JsonNode node = get(field);
    if (node.isNull()) {
      return false;
    }
    if (!node.isBoolean()) {
      throw wrongType(name(field), "a boolean", node);
    }
    return node.booleanValue();
  }

  OptionalDouble number(String field, double least, double most) {
    JsonNode node = get(field);
    if (node.isNull()) {
      return OptionalDouble.empty();
    }
    if (!node.isNumber()) {
      throw wrongType(name(field), "a number", node);
    }
    double value = node.doubleValue();
    if (!(value >= least && value <= most)) {
      throw outOfRange(name(field), node, least + " to " + most);
    }
    return OptionalDouble.of(value);
  }

  OptionalLong integer(String field, long least, long most) {
    JsonNode node = get(field);
    if (node.isNull()) {
      return OptionalLong.empty();
    }
    if (!node.isIntegralNumber()) {
      throw wrongType(name(field), "an integer", node);
    }
    if (!node.canConvertToLong() || node.longValue() < least || node.longValue() > most) {
      throw outOfRange(name(field), node, least + " to " + most);
    }
    return OptionalLong.of(node.longValue());
  }

  Optional<RequestJson> object(String field) {
    JsonNode node = get(field);
    if (node.isNull()) {
      return Optional.empty();
    }
    return Optional.of(object(name(field), node));
  }

  static RequestJson object(String name, JsonNode node) {
    if (!node.isObject()) {
      throw wrongType(name, "an object", node);
    }
    return new RequestJson(name, node);
  }

  /** The field's value, or a null node. */
  JsonNode get(String field) {
    JsonNode node = object.get(field);
    return node == null ? NullNode.getInstance() : node;
  }

  static Problem missing(String name) {
    return Problem.caller("MISSING_FIELD", "missing required parameter: " + name)
        .at(Problem.FIELD, name)
        .mend("give it");
  }

  static Problem wrongType(String name, String wanted, JsonNode got) {
    return Problem.caller(
            "INVALID_TYPE",
            name
                + " must be "
                + wanted
                + ", not "
                + got.getNodeType().name().toLowerCase(Locale.ROOT))
        .at(Problem.FIELD, name)
        .mend("send " + wanted);
  }

  static Problem outOfRange(String name, JsonNode got, String range) {
    return Problem.caller("INVALID_VALUE", name + " is " + got + ", out of range")
        .at(Problem.FIELD, name)
        .mend("use " + range);
  }

  static Problem unsupported(String name) {
    return Problem.caller("UNSUPPORTED_PARAMETER", name + " is not supported")
        .at(Problem.FIELD, name)
        .mend("leave it out");
  }
}
