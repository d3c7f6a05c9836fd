package dev.tuneline.engine.arch.rope;

import dev.tuneline.engine.arch.ConfigReader;

/** The frequencies of rotary positions and how far they reach; immutable. */
public interface RopeScaling {
  /**
   * Radians per position of each pair, for the newest rows of a sequence that counts as {@code
   * length} positions long; not to be changed.
   */
  float[] inverseFrequencies(int length);

  /** What cos and sin are multiplied with. */
  double attentionFactor();

  /** How many positions a model takes with it. */
  int reach();

  /**
   * Reads it from either key layout: {@code rope_theta} and {@code rope_scaling} (4.x) or {@code
   * rope_parameters} (5.x).
   *
   * @param dim how many elements of a head turn
   * @param trained {@code max_position_embeddings}
   */
  static RopeScaling read(ConfigReader config, int dim, int trained) {
    RopeSettings settings = RopeSettings.read(config, dim, trained);
    return switch (settings.type()) {
      case "default" -> FixedRope.plain(dim, settings.theta(), trained);
      case "linear" -> LinearRope.of(settings);
      case "dynamic" -> DynamicRope.of(settings);
      case "llama3" -> Llama3Rope.of(settings);
      case "yarn" -> YarnRope.of(settings);
      default -> throw config.unsupported(settings.key() + ".rope_type", settings.type());
    };
  }

  /** theta^(-2i/dim) of pair i, in fp32 as PyTorch computes it. */
  static float[] unscaled(int dim, double theta) {
    float[] frequencies = new float[dim / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = 1f / (float) Math.pow(theta, (float) (2 * i) / dim);
    }
    return frequencies;
  }
}
