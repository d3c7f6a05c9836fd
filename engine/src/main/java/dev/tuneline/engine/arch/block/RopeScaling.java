package dev.tuneline.engine.arch.block;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.ConfigReader;

/**
 * The frequencies of rotary positions, from either key layout: {@code rope_theta} and {@code
 * rope_scaling} (4.x) or {@code rope_parameters} (5.x).
 */
public interface RopeScaling {
  /** Radians per position of each pair, for a sequence of {@code length} positions. */
  float[] inverseFrequencies(int length);

  /** What cos and sin are multiplied with. */
  default double attentionFactor() {
    return 1;
  }

  /**
   * Reads it.
   *
   * @param dim how many elements of a head turn
   * @param theta the base where config.json names none
   */
  static RopeScaling read(ConfigReader config, int dim, double theta) {
    JsonNode parameters = config.root().path("rope_parameters");
    requireDefault(config, "rope_parameters", parameters);
    requireDefault(config, "rope_scaling", config.root().path("rope_scaling"));
    double base =
        parameters.path("rope_theta").isNumber()
            ? parameters.path("rope_theta").doubleValue()
            : config.positive("rope_theta", theta);
    float[] frequencies = unscaled(dim, base);
    return _ -> frequencies;
  }

  /** theta^(-2i/dim) in fp32. */
  private static float[] unscaled(int dim, double theta) {
    float[] frequencies = new float[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = 1f / (float) Math.pow(theta, (float) (2 * i) / dim);
    }
    return frequencies;
  }

  private static void requireDefault(ConfigReader config, String key, JsonNode settings) {
    JsonNode type = settings.has("rope_type") ? settings.path("rope_type") : settings.path("type");
    if (settings.isObject() && !type.asText("default").equals("default")) {
      throw config.unsupported(key + ".rope_type", type.asText());
    }
  }
}
