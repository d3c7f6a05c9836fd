package dev.tuneline.engine.arch;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Rotary settings in either key layout: {@code rope_theta} (4.x) or {@code rope_parameters} (5.x).
 */
public record RopeSettings(double theta) {
  /** Reads them; scaled variants are refused by name. */
  public static RopeSettings read(ConfigReader config) {
    JsonNode parameters = config.root().path("rope_parameters");
    JsonNode scaling = config.root().path("rope_scaling");
    requireDefault(config, "rope_parameters", parameters);
    requireDefault(config, "rope_scaling", scaling);
    if (parameters.path("rope_theta").isNumber()) {
      return new RopeSettings(parameters.path("rope_theta").doubleValue());
    }
    return new RopeSettings(config.positive("rope_theta", 10_000));
  }

  private static void requireDefault(ConfigReader config, String key, JsonNode settings) {
    JsonNode type = settings.has("rope_type") ? settings.path("rope_type") : settings.path("type");
    if (settings.isObject() && !type.asText("default").equals("default")) {
      throw config.unsupported(key + ".rope_type", type.asText());
    }
  }
}
