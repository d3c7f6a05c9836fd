package dev.tuneline.engine.generation;

import java.util.Arrays;

/**
 * Orders token ids by their logits, largest first; ties keep the order of the ids, so the result is
 * a function of the logits alone.
 */
final class Ranking {
  private Ranking() {}

  /** Ids of the {@code count} largest logits, or of all when there are fewer. */
  static int[] largest(float[] logits, int count) {
    int wanted = Math.min(count, logits.length);
    if (wanted <= 0) {
      return new int[0];
    }
    // A vocabulary is long and few are wanted: sort a buffer of twice as many when it is full.
    long[] keys = new long[Math.max(64, 2 * wanted)];
    int size = 0;
    long worst = Long.MAX_VALUE;
    for (int id = 0; id < logits.length; id++) {
      long key = key(logits[id], id);
      if (key > worst) {
        continue;
      }
      keys[size++] = key;
      if (size == keys.length) {
        Arrays.sort(keys);
        size = wanted;
        worst = keys[wanted - 1];
      }
    }
    Arrays.sort(keys, 0, size);
    return ids(keys, wanted);
  }

  /** Ids of the logits that are at least {@code floor}, largest first. */
  static int[] atLeast(float[] logits, double floor) {
    int size = 0;
    for (float logit : logits) {
      if (logit >= floor) {
        size++;
      }
    }
    long[] keys = new long[size];
    int next = 0;
    for (int id = 0; next < size; id++) {
      if (logits[id] >= floor) {
        keys[next++] = key(logits[id], id);
      }
    }
    Arrays.sort(keys);
    return ids(keys, size);
  }

  /** Smaller for a larger logit, then for a smaller id. */
  private static long key(float logit, int id) {
    int bits = Float.floatToIntBits(logit + 0f); // + 0f makes one zero of two
    int ascending = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
    return ((long) ~ascending << 32) | id;
  }

  private static int[] ids(long[] keys, int count) {
    int[] ids = new int[count];
    for (int i = 0; i < count; i++) {
      ids[i] = (int) keys[i];
    }
    return ids;
  }
}
