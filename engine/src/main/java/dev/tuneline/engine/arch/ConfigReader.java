package dev.tuneline.engine.arch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads keys of a config.json; a missing or ill-typed one is a problem naming file and field. */
public final class ConfigReader {
  private final Path file;
  private final JsonNode root;

  private ConfigReader(Path file, JsonNode root) {
    this.file = file;
    this.root = root;
  }

  /** Parses {@code file}. */
  public static ConfigReader open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw Problem.caller("CONFIG_NOT_FOUND", "there is no " + file.getFileName())
          .at(Problem.FILE, file)
          .mend("point to a Hugging Face model folder");
    }
    try {
      JsonNode root = new ObjectMapper().readTree(file.toFile());
      if (!root.isObject()) {
        throw Problem.caller("MALFORMED_CONFIG", "not a JSON object").at(Problem.FILE, file);
      }
      return new ConfigReader(file, root);
    } catch (IOException e) {
      throw Problem.caller("MALFORMED_CONFIG", "not readable as JSON")
          .at(Problem.FILE, file)
          .causedBy(e);
    }
  }

  public Path file() {
    return file;
  }

  /** The raw document. */
  public JsonNode root() {
    return root;
  }

  /** Whether {@code key} is present and not null. */
  public boolean has(String key) {
    return root.hasNonNull(key);
  }

  public String text(String key) {
    JsonNode node = root.path(key);
    if (!node.isTextual()) {
      throw bad(key, "must be a string");
    }
    return node.textValue();
  }

  /** A positive integer. */
  public int size(String key) {
    JsonNode node = root.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
      throw bad(key, "must be a positive integer");
    }
    return node.intValue();
  }

  public int size(String key, int whenAbsent) {
    return has(key) ? size(key) : whenAbsent;
  }

  /** An integer of at least 0. */
  public int count(String key) {
    JsonNode node = root.path(key);
    if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 0) {
      throw bad(key, "must be an integer of at least 0");
    }
    return node.intValue();
  }

  /** The one of several names of a key that is present; the first if none is. */
  public String either(String... keys) {
    return Arrays.stream(keys).filter(this::has).findFirst().orElse(keys[0]);
  }

  /** Refuses {@code key} unless its flag has the one value that is supported, or is absent. */
  public void requireFlag(String key, boolean supported) {
    if (flag(key, supported) != supported) {
      throw unsupported(key, !supported);
    }
  }

  /** A positive number. */
  public double positive(String key, double whenAbsent) {
    if (!has(key)) {
      return whenAbsent;
    }
    JsonNode node = root.path(key);
    if (!node.isNumber() || !(node.doubleValue() > 0)) {
      throw bad(key, "must be a positive number");
    }
    return node.doubleValue();
  }

  public boolean flag(String key, boolean whenAbsent) {
    if (!has(key)) {
      return whenAbsent;
    }
    if (!root.path(key).isBoolean()) {
      throw bad(key, "must be true or false");
    }
    return root.path(key).booleanValue();
  }

  /** A problem about {@code key} of this file. */
  public Problem bad(String key, String what) {
    return Problem.caller("MALFORMED_CONFIG", key + " " + what)
        .at(Problem.FILE, file)
        .at(Problem.FIELD, key);
  }

  /** A problem about a value of {@code key} that is valid but not supported. */
  public Problem unsupported(String key, Object value) {
    return Problem.caller("UNSUPPORTED_CONFIG", "%s = %s is not supported".formatted(key, value))
        .at(Problem.FILE, file)
        .at(Problem.FIELD, key);
  }
}
