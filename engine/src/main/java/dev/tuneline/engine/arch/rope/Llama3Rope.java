package dev.tuneline.engine.arch.rope;

/** Low frequencies divided, high ones kept, those between blended (Llama 3.1). */
final class Llama3Rope {
  private Llama3Rope() {}

  static RopeScaling of(RopeSettings settings) {
    double factor = settings.positive("factor");
    double low = settings.positive("low_freq_factor");
    double high = settings.positive("high_freq_factor");
    double original = settings.original();
    if (high <= low) {
      throw settings
          .config()
          .bad(settings.key() + ".high_freq_factor", "must be more than low_freq_factor");
    }
    float[] frequencies = RopeScaling.unscaled(settings.dim(), settings.theta());
    for (int i = 0; i < frequencies.length; i++) {
      double wavelength = 2 * Math.PI / frequencies[i];
      if (wavelength > original / low) {
        frequencies[i] /= (float) factor;
      } else if (wavelength >= original / high) {
        double smooth = (original / wavelength - low) / (high - low);
        frequencies[i] = (float) ((1 - smooth) * frequencies[i] / factor + smooth * frequencies[i]);
      }
    }
    return new FixedRope(frequencies, 1, settings.trained());
  }
}
