package dev.tuneline.engine.arch.rope;

/** Frequencies that do not depend on a sequence's length. */
public final class FixedRope implements RopeScaling {
  private final float[] frequencies;
  private final double attentionFactor;
  private final int reach;

  FixedRope(float[] frequencies, double attentionFactor, double reach) {
    this.frequencies = frequencies.clone();
    this.attentionFactor = attentionFactor;
    this.reach = (int) reach;
  }

  /** theta^(-2i/dim) (Su et al. 2021). */
  public static FixedRope plain(int dim, double theta, int trained) {
    return new FixedRope(RopeScaling.unscaled(dim, theta), 1, trained);
  }

  @Override
  public float[] inverseFrequencies(int length) {
    return frequencies;
  }

  @Override
  public double attentionFactor() {
    return attentionFactor;
  }

  @Override
  public int reach() {
    return reach;
  }
}
