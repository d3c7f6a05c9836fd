package dev.tuneline.metrics.rouge;

/**
 * How much of each other two texts hold, both in [0, 1].
 *
 * @param recall the share of the reference that the answer has
 * @param precision the share of the answer that the reference has
 */
public record Score(double recall, double precision) {
  private static final double EPSILON = 1e-8;

  /** Nothing in common. */
  public static final Score ZERO = new Score(0, 0);

  /** The score of {@code common} things among so many of the answer and of the reference. */
  static Score of(double common, int answer, int reference) {
    return new Score(reference == 0 ? 0 : common / reference, answer == 0 ? 0 : common / answer);
  }

  /** The harmonic mean of both, 2pr / (p + r + 1e-8). */
  public double f1() {
    return 2 * precision * recall / (precision + recall + EPSILON);
  }
}
