package dev.tuneline.engine.arch.rope;

/**
 * YaRN (Peng et al. 2023): pairs that turn often keep their frequency, those that turn seldom are
 * interpolated, with a ramp between, and attention is sharpened.
 */
final class YarnRope {
  private YarnRope() {}

  static RopeScaling of(RopeSettings settings) {
    double original = settings.original();
    double factor = settings.positive("factor", settings.trained() / original);
    int dim = settings.dim();
    double low = pairTurning(settings.positive("beta_fast", 32), settings, original);
    double high = pairTurning(settings.positive("beta_slow", 1), settings, original);
    if (settings.flag("truncate", true)) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, dim - 1);
    double width = low == high ? 0.001 : high - low;
    float[] frequencies = RopeScaling.unscaled(dim, settings.theta());
    for (int i = 0; i < frequencies.length; i++) {
      double interpolated = Math.clamp((i - low) / width, 0, 1);
      frequencies[i] =
          (float) (frequencies[i] / factor * interpolated + frequencies[i] * (1 - interpolated));
    }
    return new FixedRope(
        frequencies,
        attentionFactor(settings, factor),
        Math.max(settings.trained(), original * factor));
  }

  /** Index of the pair that turns {@code rotations} times within the original context. */
  private static double pairTurning(double rotations, RopeSettings settings, double original) {
    return settings.dim()
        * Math.log(original / (rotations * 2 * Math.PI))
        / (2 * Math.log(settings.theta()));
  }

  private static double attentionFactor(RopeSettings settings, double factor) {
    if (settings.has("attention_factor")) {
      return settings.positive("attention_factor");
    }
    boolean both = settings.has("mscale") && settings.has("mscale_all_dim");
    return both
        ? magnitude(factor, settings.positive("mscale"))
            / magnitude(factor, settings.positive("mscale_all_dim"))
        : magnitude(factor, 1);
  }

  private static double magnitude(double factor, double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1;
  }
}
