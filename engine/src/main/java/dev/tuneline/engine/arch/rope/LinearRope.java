package dev.tuneline.engine.arch.rope;

/** All frequencies divided by a factor (Chen et al. 2023). */
final class LinearRope {
  private LinearRope() {}

  static RopeScaling of(RopeSettings settings) {
    double factor = settings.positive("factor");
    float[] frequencies = RopeScaling.unscaled(settings.dim(), settings.theta());
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] /= (float) factor;
    }
    return new FixedRope(frequencies, 1, settings.trained() * Math.max(1, factor));
  }
}
