package dev.tuneline.engine.generation;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The tokens that survived the filters, ordered by id, with probabilities that sum to 1.
 *
 * <p>It knows how a rounding error of the logits could change it: which boundaries of the
 * cumulative distribution could move how far, and which tokens stand at the edge of a filter.
 *
 * @param error the largest that a logit could be off by, divided by the temperature
 * @param edge probability of the tokens that could leave or join
 * @param sure candidates at least this likely cannot leave
 */
@SuppressWarnings(
    "ArrayRecordComponent") // package-private, never compared, and a vocabulary is long
record Candidates(int[] ids, double[] probabilities, double error, double edge, double sure) {

  /** A drawn token, and whether logits that are off by rounding would give the same. */
  record Choice(int id, boolean certain) {}

  /**
   * Filters {@code logits}, bias and penalties already applied, by a sampling of positive
   * temperature.
   *
   * @param tolerance the largest rounding error of a logit
   */
  static Candidates of(float[] logits, Sampling sampling, double tolerance) {
    double error = tolerance / sampling.temperature();
    if (sampling.topK() == 0 && sampling.topP() == 1 && sampling.minP() == 0) {
      int[] all = IntStream.range(0, logits.length).toArray();
      double[] weights = weights(logits, all, max(logits), sampling.temperature());
      return normalised(all, weights, all.length, error, 0, 0);
    }
    Filter filter = Filter.over(logits, sampling, tolerance);
    double[] weights = filter.weights();
    double edge = 0;
    for (int i = filter.least(); i < filter.most(); i++) {
      edge += weights[i];
    }
    double sure = filter.least() == 0 ? Double.MAX_VALUE : weights[filter.least() - 1];
    return normalised(filter.ranked(), weights, filter.kept(), error, edge, sure);
  }

  private static Candidates normalised(
      int[] ranked, double[] weights, int kept, double error, double edge, double sure) {
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += weights[i];
    }
    // By id: then tokens that are nearly equally likely do not change places by rounding.
    long[] order = new long[kept];
    for (int i = 0; i < kept; i++) {
      order[i] = ((long) ranked[i] << 32) | i;
    }
    Arrays.sort(order);
    int[] ids = new int[kept];
    double[] probabilities = new double[kept];
    for (int i = 0; i < kept; i++) {
      ids[i] = (int) (order[i] >> 32);
      probabilities[i] = weights[(int) order[i]] / sum;
    }
    return new Candidates(ids, probabilities, error, edge / sum, sure / sum);
  }

  /** The token at {@code point} of the cumulative distribution, 0 <= point < 1. */
  Choice at(double point) {
    double mass = 0;
    for (int i = 0; i < ids.length; i++) {
      double before = mass;
      mass = i == ids.length - 1 ? 1 : mass + probabilities[i];
      if (point < mass) {
        boolean certain =
            point >= moved(before, 2 * error) + edge
                && point < moved(mass, -2 * error) - edge
                && probabilities[i] >= sure;
        return new Choice(ids[i], certain);
      }
    }
    throw new IllegalArgumentException("point " + point);
  }

  /**
   * Where a boundary goes when all logits below it grow by half of {@code by} and others shrink.
   */
  private static double moved(double boundary, double by) {
    double grown = boundary * Math.exp(by);
    return grown / (grown + 1 - boundary);
  }

  static double[] weights(float[] logits, int[] ids, float max, double temperature) {
    double[] weights = new double[ids.length];
    for (int i = 0; i < ids.length; i++) {
      weights[i] = Math.exp((logits[ids[i]] - max) / temperature);
    }
    return weights;
  }

  static float max(float[] logits) {
    float max = Float.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    return max;
  }
}
