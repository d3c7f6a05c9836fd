package dev.tuneline.engine.generation;

import java.util.Arrays;

/**
 * The tokens that survived the filters, likeliest first, with probabilities that sum to 1.
 *
 * <p>Ties keep the order of the ids, so the result is a function of the logits alone.
 */
@SuppressWarnings(
    "ArrayRecordComponent") // package-private, never compared, and a vocabulary is long
record Candidates(int[] ids, double[] probabilities) {

  /** Filters {@code logits}, penalty already applied, by a sampling of positive temperature. */
  static Candidates of(float[] logits, Sampling sampling) {
    int[] ids = descending(logits, sampling.topK());
    double[] probabilities = new double[ids.length];
    double sum = 0;
    for (int i = 0; i < ids.length; i++) {
      probabilities[i] = Math.exp((logits[ids[i]] - logits[ids[0]]) / sampling.temperature());
      sum += probabilities[i];
    }
    int kept = ids.length;
    if (sampling.topP() < 1) {
      double mass = 0;
      kept = 0;
      // The token that crosses the bound is kept, so there is always one.
      while (kept < ids.length && mass < sampling.topP() * sum) {
        mass += probabilities[kept++];
      }
      sum = mass;
    }
    int[] keptIds = Arrays.copyOf(ids, kept);
    double[] keptProbabilities = new double[kept];
    for (int i = 0; i < kept; i++) {
      keptProbabilities[i] = probabilities[i] / sum;
    }
    return new Candidates(keptIds, keptProbabilities);
  }

  /** The token at {@code point} of the cumulative distribution, 0 <= point < 1. */
  int at(double point) {
    double mass = 0;
    for (int i = 0; i < ids.length; i++) {
      mass += probabilities[i];
      if (point < mass) {
        return ids[i];
      }
    }
    return ids[ids.length - 1];
  }

  /** Ids of the {@code topK} largest logits (0: all) and of those equal to the last of them. */
  static int[] descending(float[] logits, int topK) {
    long[] keys = new long[logits.length];
    for (int id = 0; id < logits.length; id++) {
      int bits = Float.floatToIntBits(logits[id] + 0f); // + 0f makes one zero of two
      int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
      keys[id] = ((long) ~ascending << 32) | id;
    }
    Arrays.sort(keys);
    int count = topK == 0 ? keys.length : Math.min(topK, keys.length);
    while (count < keys.length && keys[count] >> 32 == keys[count - 1] >> 32) {
      count++;
    }
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }
}
