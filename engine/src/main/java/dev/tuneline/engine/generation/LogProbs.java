package dev.tuneline.engine.generation;

import java.util.Arrays;

/** Log-probabilities of one position. */
final class LogProbs {
  private final float[] values;
  private final double logSum;

  private LogProbs(float[] values, double logSum) {
    this.values = values;
    this.logSum = logSum;
  }

  /** From raw logits, which may change afterwards, in double precision. */
  static LogProbs ofLogits(float[] logits) {
    double max = Candidates.max(logits);
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - max);
    }
    return new LogProbs(logits.clone(), max + Math.log(sum));
  }

  /** Those that the log-softmax has made already. */
  static LogProbs of(float[] logProbs) {
    return new LogProbs(logProbs, 0);
  }

  /** That of {@code id} and of the {@code count} likeliest. */
  TokenLogProb of(int id, int count) {
    return new TokenLogProb(
        id,
        values[id] - logSum,
        Arrays.stream(Ranking.largest(values, count))
            .mapToObj(top -> new TokenLogProb.Alternative(top, values[top] - logSum))
            .toList());
  }
}
