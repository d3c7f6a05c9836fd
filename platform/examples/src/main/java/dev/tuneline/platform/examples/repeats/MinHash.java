package dev.tuneline.platform.examples.repeats;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * MinHash signatures of 128 permutations, cut into bands so that sets about as similar as a
 * threshold agree in at least one band.
 *
 * <p>Two sets of Jaccard similarity s have a band of r rows in common with probability {@code 1 -
 * (1 - s^r)^b} (Leskovec, Rajaraman, Ullman: Mining of Massive Datasets, 3.4). Of all ways to cut,
 * the one with the longest bands is taken that still finds 95 in 100 pairs at the threshold, and
 * more above it: longer bands make fewer candidates that are none. Always the same for the same
 * set.
 */
public final class MinHash {
  private static final int PERMUTATIONS = 128;
  private static final double LEAST_RECALL = 0.95;
  private static final long SEED = 0x7475_6e65_6c69_6e65L;

  private final int bands;
  private final int rows;
  private final long[] factors = new long[PERMUTATIONS];
  private final long[] offsets = new long[PERMUTATIONS];

  /**
   * @param threshold the least similarity that is looked for, above 0 and at most 1
   */
  public MinHash(double threshold) {
    if (!(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException("a Jaccard similarity is above 0 and at most 1");
    }
    int longest = PERMUTATIONS;
    while (longest > 1 && recall(threshold, PERMUTATIONS / longest, longest) < LEAST_RECALL) {
      longest--;
    }
    this.rows = longest;
    this.bands = PERMUTATIONS / longest;
    SplittableRandom random = new SplittableRandom(SEED);
    for (int i = 0; i < PERMUTATIONS; i++) {
      factors[i] = random.nextLong() | 1;
      offsets[i] = random.nextLong();
    }
  }

  /** How many bands a set has. */
  public int bands() {
    return bands;
  }

  /** The part of all pairs of this similarity that have a band in common, as is to be expected. */
  public double recall(double similarity) {
    return recall(similarity, bands, rows);
  }

  /**
   * A hash of each band of a set; equal where the bands are. A set without members has none, since
   * it is like no other.
   */
  public long[] bands(long[] set) {
    if (set.length == 0) {
      return new long[0];
    }
    int used = bands * rows;
    int[] least = new int[used];
    Arrays.fill(least, Integer.MAX_VALUE);
    for (long member : set) {
      for (int i = 0; i < used; i++) {
        // Multiply-shift: the high half of a product is what all bits of the member decide.
        int hash = (int) ((member * factors[i] + offsets[i]) >>> 32);
        least[i] = Math.min(least[i], hash);
      }
    }
    long[] hashes = new long[bands];
    for (int band = 0; band < bands; band++) {
      long hash = band;
      for (int row = 0; row < rows; row++) {
        hash = Hashes.mix(hash ^ least[band * rows + row]) + row;
      }
      hashes[band] = Hashes.mix(hash);
    }
    return hashes;
  }

  private static double recall(double similarity, int bands, int rows) {
    return 1 - Math.pow(1 - Math.pow(similarity, rows), bands);
  }
}
