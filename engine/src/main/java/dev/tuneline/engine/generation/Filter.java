package dev.tuneline.engine.generation;

/**
 * How many of the likeliest tokens pass top-k, top-p and min-p, in this order.
 *
 * @param ranked ids, likeliest first; the candidates are the first {@code kept}
 * @param weights of {@code ranked}, relative to the likeliest
 * @param least how many pass whatever the rounding errors of the logits
 * @param most how many could pass
 */
@SuppressWarnings("ArrayRecordComponent") // package-private, never compared
record Filter(int[] ranked, double[] weights, int kept, int least, int most) {

  /** {@code tolerance} is the largest rounding error of a logit. */
  static Filter over(float[] logits, Sampling sampling, double tolerance) {
    double temperature = sampling.temperature();
    double error = tolerance / temperature;
    float max = Candidates.max(logits);
    int[] ranked = pool(logits, sampling, tolerance, max);
    double[] weights = Candidates.weights(logits, ranked, max, temperature);
    Filter filter = new Filter(ranked, weights, ranked.length, ranked.length, ranked.length);
    if (sampling.topK() > 0 && sampling.topK() < logits.length) {
      double last = weights[sampling.topK() - 1];
      filter = filter.cut(filter.atLeast(last), 0, 2 * error); // as many as equal the last
    }
    if (sampling.topP() < 1) {
      double all = sampling.topK() > 0 ? filter.mass(filter.kept) : mass(logits, max, temperature);
      double slack = error + (filter.mass(filter.most) - filter.mass(filter.least)) / all;
      int passing = filter.reaching(sampling.topP() * all);
      filter =
          filter.cut(
              passing,
              Math.max(
                  passing - filter.reaching((sampling.topP() - slack) * all),
                  filter.reaching((sampling.topP() + slack) * all) - passing),
              2 * error);
    }
    if (sampling.minP() > 0) {
      filter =
          new Filter(
              ranked,
              weights,
              Math.min(filter.kept, filter.atLeast(sampling.minP())),
              Math.min(filter.least, filter.atLeast(sampling.minP() * Math.exp(2 * error))),
              Math.min(filter.most, filter.atLeast(sampling.minP() * Math.exp(-2 * error))));
    }
    return filter;
  }

  /** Tokens that could pass, likeliest first; what top-p wants is taken in growing pieces. */
  private static int[] pool(float[] logits, Sampling sampling, double tolerance, float max) {
    double temperature = sampling.temperature();
    if (sampling.topK() > 0) {
      int[] top = Ranking.largest(logits, sampling.topK());
      return Ranking.atLeast(logits, logits[top[top.length - 1]] - 2 * tolerance);
    }
    double floor =
        sampling.minP() > 0
            ? max + temperature * Math.log(sampling.minP()) - 2 * tolerance
            : Double.NEGATIVE_INFINITY;
    if (sampling.topP() == 1) {
      return Ranking.atLeast(logits, floor);
    }
    double wanted = (sampling.topP() + tolerance / temperature) * mass(logits, max, temperature);
    for (double depth = 4; ; depth *= 2) {
      double reach = max - depth * temperature - 2 * tolerance;
      int[] ranked = Ranking.atLeast(logits, Math.max(reach, floor));
      double mass = 0;
      for (double weight : Candidates.weights(logits, ranked, max, temperature)) {
        mass += weight;
      }
      if (mass > wanted || reach <= floor || ranked.length == logits.length || depth > 1e6) {
        return ranked;
      }
    }
  }

  /**
   * Keeps the first {@code passing}.
   *
   * @param unsure how many more or fewer it could be
   * @param near tokens whose weights differ by less than this factor's logarithm could change
   *     places
   */
  private Filter cut(int passing, int unsure, double near) {
    int exact = Math.clamp(passing, 1, kept);
    double edge = weights[exact - 1];
    int from = Math.max(0, exact - unsure);
    int to = Math.max(Math.min(ranked.length, exact + unsure), atLeast(edge * Math.exp(-near)));
    if (to > exact) {
      from = Math.min(from, above(edge * Math.exp(near)));
    }
    return new Filter(
        ranked, weights, Math.min(kept, exact), Math.min(least, from), Math.min(most, to));
  }

  private double mass(int count) {
    double mass = 0;
    for (int i = 0; i < count; i++) {
      mass += weights[i];
    }
    return mass;
  }

  /** How many it takes for this mass; the one that crosses it is kept, so there is always one. */
  private int reaching(double mass) {
    double sum = 0;
    int count = 0;
    while (count < kept && (count == 0 || sum < mass)) {
      sum += weights[count++];
    }
    return count;
  }

  private int atLeast(double weight) {
    int count = 0;
    while (count < weights.length && weights[count] >= weight) {
      count++;
    }
    return count;
  }

  private int above(double weight) {
    int count = 0;
    while (count < weights.length && weights[count] > weight) {
      count++;
    }
    return count;
  }

  private static double mass(float[] logits, float max, double temperature) {
    double mass = 0;
    for (float logit : logits) {
      mass += Math.exp((logit - max) / temperature);
    }
    return mass;
  }
}
