package dev.tuneline.engine.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a method's options: the keys of PEFT's adapter_config.json, given for a job or saved with
 * an adapter.
 *
 * <p>An ill-typed value is a problem MALFORMED_METHOD_OPTIONS that names its key. What was not
 * asked for by the time of {@link #refuseOthers} is refused by name, so that nothing is silently
 * dropped.
 */
public final class MethodOptions {
  /** Keys that say where something came from, not what it computes. */
  private static final Set<String> NOTES =
      Set.of(
          "peft_type",
          "task_type",
          "auto_mapping",
          "base_model_name_or_path",
          "revision",
          "inference_mode",
          "peft_version");

  private final JsonNode json;
  private final Set<String> known = new HashSet<>(NOTES);

  /**
   * Options not looked at yet.
   *
   * @throws Problem MALFORMED_METHOD_OPTIONS unless {@code json} is an object
   */
  public MethodOptions(JsonNode json) {
    if (!json.isObject()) {
      throw Problem.caller("MALFORMED_METHOD_OPTIONS", "method options must be an object");
    }
    this.json = json;
  }

  /** The value of {@code key}; null where it is absent or null. */
  public @Nullable JsonNode value(String key) {
    known.add(key);
    return json.hasNonNull(key) ? json.get(key) : null;
  }

  public int integer(String key, int whenAbsent) {
    @Nullable JsonNode value = value(key);
    return value == null ? whenAbsent : integer(key, value);
  }

  /** {@code value}, that of {@code key} or within it, as an integer. */
  public static int integer(String key, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw bad(key, "must be an integer, not " + value);
    }
    return value.intValue();
  }

  /** A positive integer. */
  public int size(String key, int whenAbsent) {
    int size = integer(key, whenAbsent);
    if (size < 1) {
      throw bad(key, "must be a positive integer, not " + size);
    }
    return size;
  }

  public double number(String key, double whenAbsent) {
    @Nullable JsonNode value = value(key);
    return value == null ? whenAbsent : number(key, value);
  }

  /** {@code value}, that of {@code key} or within it, as a number. */
  public static double number(String key, JsonNode value) {
    if (!value.isNumber()) {
      throw bad(key, "must be a number, not " + value);
    }
    return value.doubleValue();
  }

  public boolean flag(String key, boolean whenAbsent) {
    @Nullable JsonNode value = value(key);
    if (value != null && !value.isBoolean()) {
      throw bad(key, "must be true or false, not " + value);
    }
    return value == null ? whenAbsent : value.booleanValue();
  }

  public @Nullable String text(String key) {
    @Nullable JsonNode value = value(key);
    if (value != null && !value.isTextual()) {
      throw bad(key, "must be a string, not " + value);
    }
    return value == null ? null : value.textValue();
  }

  /** One of an enumeration's constants, by its name. */
  public <E extends Enum<E>> E choice(String key, E whenAbsent) {
    @Nullable String name = text(key);
    List<E> all = List.of(whenAbsent.getDeclaringClass().getEnumConstants());
    return name == null
        ? whenAbsent
        : all.stream()
            .filter(e -> e.name().equals(name))
            .findFirst()
            .orElseThrow(
                () -> bad(key, "\"%s\" is not known".formatted(name)).mend("use one of " + all));
  }

  /** A list of strings; empty where it is absent. */
  public List<String> texts(String key) {
    @Nullable JsonNode value = value(key);
    List<String> texts = new ArrayList<>();
    if (value == null) {
      return texts;
    }
    if (!value.isArray()) {
      throw bad(key, "must be a list of strings, not " + value);
    }
    for (JsonNode element : value) {
      if (!element.isTextual()) {
        throw bad(key, "must be a list of strings, not " + value);
      }
      texts.add(element.textValue());
    }
    return texts;
  }

  /** Declares keys that change nothing here, whatever their value. */
  public MethodOptions ignore(String... keys) {
    known.addAll(List.of(keys));
    return this;
  }

  /**
   * Refuses every key that was neither asked for nor ignored, unless its value means "off".
   *
   * @throws Problem UNSUPPORTED_METHOD_OPTION naming the key
   */
  public void refuseOthers() {
    for (Map.Entry<String, JsonNode> option : json.properties()) {
      if (!known.contains(option.getKey()) && !off(option.getValue())) {
        throw unsupported(option.getKey(), option.getValue());
      }
    }
  }

  private static boolean off(JsonNode value) {
    return value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isContainerNode() && value.isEmpty());
  }

  /** Writes a number as PEFT does: whole ones without a fraction. */
  public static void putNumber(ObjectNode json, String key, double value) {
    if (value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE) {
      json.put(key, (int) value);
    } else {
      json.put(key, value);
    }
  }

  /** A problem about an ill value of {@code key}. */
  public static Problem bad(String key, String what) {
    return Problem.caller("MALFORMED_METHOD_OPTIONS", key + " " + what).at(Problem.FIELD, key);
  }

  /** A problem about a value of {@code key} that PEFT knows and this engine does not. */
  public static Problem unsupported(String key, Object value) {
    return Problem.caller(
            "UNSUPPORTED_METHOD_OPTION", "%s = %s is not supported".formatted(key, value))
        .at(Problem.FIELD, key);
  }
}
