package dev.tuneline.engine.adapter;

/** Derives independent seeds from one job seed, so that no random state needs to be stored. */
public final class Seeds {
  private Seeds() {}

  /** A seed for the purpose that {@code keys} name; the same for the same arguments anywhere. */
  public static long mix(long seed, long... keys) {
    long state = scramble(seed + 0x9E3779B97F4A7C15L);
    for (long key : keys) {
      state = scramble(state ^ scramble(key + 0x9E3779B97F4A7C15L));
    }
    return state;
  }

  /** The finaliser of SplitMix64 (Steele, Lea and Flood 2014). */
  private static long scramble(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
