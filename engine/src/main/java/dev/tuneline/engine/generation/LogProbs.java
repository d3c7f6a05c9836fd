package dev.tuneline.engine.generation;

import java.util.Arrays;
import java.util.List;

/** Log-probabilities of one position, from raw logits, in double precision. */
final class LogProbs {
  private final float[] logits;
  private final double logSum;

  LogProbs(float[] logits) {
    this.logits = logits.clone();
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    this.logSum = max + Math.log(sum);
  }

  double of(int id) {
    return logits[id] - logSum;
  }

  List<GeneratedToken.Alternative> top(int count) {
    if (count <= 0) {
      return List.of();
    }
    return Arrays.stream(Candidates.descending(logits, count))
        .limit(count)
        .mapToObj(id -> new GeneratedToken.Alternative(id, of(id)))
        .toList();
  }
}
