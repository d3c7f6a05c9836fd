package dev.tuneline.platform.examples.repeats;

/** Mixing of 64-bit hashes. */
final class Hashes {
  private Hashes() {}

  /** A bijection whose every output bit depends on every input bit; MurmurHash3's fmix64. */
  static long mix(long hash) {
    long mixed = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ (mixed >>> 33);
  }
}
