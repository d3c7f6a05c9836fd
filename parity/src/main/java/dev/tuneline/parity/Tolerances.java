package dev.tuneline.parity;

/** Tolerances of the format, absolute unless they say otherwise; everything else is exact. */
final class Tolerances {
  /** Logits and log-probabilities in fp32. */
  static final double LOGITS = 2e-4;

  /** Logits of a model that an adapter was merged into. */
  static final double MERGED_LOGITS = 5e-4;

  /** Weights that an adapter was merged into: the rounding of one product and one sum. */
  static final double MERGED_WEIGHTS = 1e-5;

  /** Relative; of a factor on an adapter's output, in eight digits. */
  static final double SCALING = 1e-6;

  static final double LOSS = 1e-4;

  /** Relative. */
  static final double GRADIENT_NORM = 1e-4;

  static final double LEARNING_RATE = 1e-9;

  /** Trained weights of adapters. */
  static final double ADAPTER_WEIGHTS = 1e-4;

  /** Trained weights of a whole model: Adam amplifies rounding where a gradient is near 1e-8. */
  static final double FULL_WEIGHTS = 2e-3;

  /** Probabilities after filters: their logits may be off by {@link #LOGITS}. */
  static final double PROBABILITIES = 2e-4;

  /** Relative; of values that 4-bit codes stand for. */
  static final double DEQUANTISED = 1e-7;

  /** Relative; of measures of answers. */
  static final double METRICS = 1e-9;

  private Tolerances() {}
}
