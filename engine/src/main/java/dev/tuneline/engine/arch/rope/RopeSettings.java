package dev.tuneline.engine.arch.rope;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.ConfigReader;
import java.util.List;

/**
 * The rotary keys of a config.json.
 *
 * @param key where they are nested
 * @param node what stands there
 * @param dim how many elements of a head turn
 * @param theta the base of the frequencies
 * @param trained {@code max_position_embeddings}
 */
record RopeSettings(
    ConfigReader config, String key, JsonNode node, int dim, double theta, int trained) {

  static RopeSettings read(ConfigReader config, int dim, int trained) {
    for (String either : List.of("rope_scaling", "rope_parameters")) {
      if (config.has(either) && !config.root().path(either).isObject()) {
        throw config.bad(either, "must be an object");
      }
    }
    String key = config.root().path("rope_scaling").isEmpty() ? "rope_parameters" : "rope_scaling";
    JsonNode node = config.root().path(key);
    if (node.path("full_attention").isObject()) {
      throw config.unsupported(key, "by layer type");
    }
    double theta =
        node.hasNonNull("rope_theta")
            ? positive(config, key, node, "rope_theta")
            : config.positive("rope_theta", 10_000);
    return new RopeSettings(config, key, node, dim, theta, trained);
  }

  String type() {
    return node.path("rope_type").asText(node.path("type").asText("default"));
  }

  /** Whether it is there; 0 stands for absence, too. */
  boolean has(String name) {
    return node.hasNonNull(name)
        && !(node.path(name).isNumber() && node.path(name).asDouble() == 0);
  }

  double positive(String name) {
    return positive(config, key, node, name);
  }

  double positive(String name, double whenAbsent) {
    return has(name) ? positive(name) : whenAbsent;
  }

  boolean flag(String name, boolean whenAbsent) {
    return node.path(name).asBoolean(whenAbsent);
  }

  /** The context before it was stretched; the same key beside the nested ones wins. */
  double original() {
    String name = "original_max_position_embeddings";
    return config.positive(name, positive(name, trained));
  }

  private static double positive(ConfigReader config, String key, JsonNode node, String name) {
    double value = node.path(name).isNumber() ? node.path(name).doubleValue() : 0;
    if (!(value > 0) || Double.isInfinite(value)) {
      throw config.bad(key + "." + name, "must be a positive number");
    }
    return value;
  }
}
