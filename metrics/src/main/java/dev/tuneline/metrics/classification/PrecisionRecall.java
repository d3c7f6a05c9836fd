package dev.tuneline.metrics.classification;

/**
 * Precision, recall and F1, all in [0, 1]; what has nothing to divide by is 0.
 *
 * @param precision how much of the predicted was right
 * @param recall how much of the gold was found
 * @param f1 for one label or for all predictions the harmonic mean of both, for an average over
 *     labels the average of theirs
 */
public record PrecisionRecall(double precision, double recall, double f1) {
  /** Of so many right predictions among those predicted and those in the gold. */
  static PrecisionRecall of(long right, long predicted, long gold) {
    return new PrecisionRecall(
        share(right, predicted), share(right, gold), share(2 * right, predicted + gold));
  }

  static double share(long part, long whole) {
    return whole == 0 ? 0 : (double) part / whole;
  }
}
