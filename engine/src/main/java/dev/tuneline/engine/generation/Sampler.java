package dev.tuneline.engine.generation;

import java.util.BitSet;
import java.util.SplittableRandom;

/**
 * Chooses one sequence's tokens; its random numbers depend on the request's seed and the number of
 * tokens drawn, never on what else is in the batch. Not thread-safe.
 */
final class Sampler {
  private final Sampling sampling;
  private final SplittableRandom random;
  private final BitSet seen = new BitSet();

  /** A sampler over a sequence that starts with {@code prompt}. */
  Sampler(Sampling sampling, int[] prompt) {
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
    for (int id : prompt) {
      seen.set(id);
    }
  }

  /** The next token; overwrites {@code logits} [vocab] with the penalised ones. */
  int next(float[] logits) {
    penalise(logits);
    int token =
        sampling.temperature() == 0
            ? argmax(logits)
            : Candidates.of(logits, sampling).at(random.nextDouble());
    seen.set(token);
    return token;
  }

  /** CTRL's rule (Keskar et al. 2019): divide positive logits, multiply negative ones. */
  private void penalise(float[] logits) {
    if (sampling.repetitionPenalty() == 1) {
      return;
    }
    float penalty = (float) sampling.repetitionPenalty();
    for (int id = seen.nextSetBit(0); id >= 0; id = seen.nextSetBit(id + 1)) {
      logits[id] = logits[id] < 0 ? logits[id] * penalty : logits[id] / penalty;
    }
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      if (logits[i] > logits[best]) {
        best = i;
      }
    }
    return best;
  }
}
