package dev.tuneline.engine.arch.rope;

import dev.tuneline.engine.arch.Batch;

/**
 * A base that grows with the sequence once it is longer than the model was trained for (NTK-aware).
 *
 * <p>In generation and scoring the base follows the sequence's own length when a row is computed,
 * as in transformers with one sequence and a cache: a cached key keeps the base of its time, so
 * decoding step by step past the trained length differs from one forward over the whole, and other
 * sequences never matter. In training it follows the batches, see {@link Batch.Builder#spanning}.
 */
final class DynamicRope implements RopeScaling {
  /** Its base follows any length, so this only keeps contexts from having no bound at all. */
  private static final int MOST_STRETCH = 16;

  private final RopeSettings settings;
  private final double factor;
  private final float[] unstretched;

  private DynamicRope(RopeSettings settings, double factor) {
    this.settings = settings;
    this.factor = factor;
    this.unstretched = RopeScaling.unscaled(settings.dim(), settings.theta());
  }

  static RopeScaling of(RopeSettings settings) {
    if (settings.dim() < 4) {
      throw settings.config().bad(settings.key(), "dynamic needs at least 4 rotated elements");
    }
    return new DynamicRope(settings, settings.positive("factor"));
  }

  @Override
  public float[] inverseFrequencies(int length) {
    if (length <= settings.trained()) {
      return unstretched;
    }
    double stretch = factor * length / settings.trained() - (factor - 1);
    double exponent = (double) settings.dim() / (settings.dim() - 2);
    return RopeScaling.unscaled(settings.dim(), settings.theta() * Math.pow(stretch, exponent));
  }

  @Override
  public double attentionFactor() {
    return 1;
  }

  @Override
  public int reach() {
    return (int) (settings.trained() * Math.max(MOST_STRETCH, factor));
  }
}
