package dev.tuneline.metrics.jieba;

import java.util.Arrays;

/**
 * Words with a value each, found character by character: an open-addressed table whose key is a
 * node and the character that leads on. A node is the number of its slot.
 */
final class PrefixTree {
  /** The node of the empty word. */
  static final int ROOT = (1 << 24) - 1;

  /** No such node. */
  static final int NONE = -1;

  private static final long EMPTY = -1;

  private final long[] keys;
  private final double[] values;
  private final int mask;

  /**
   * @param capacity a power of two, below 2^24 and well above the number of prefixes
   * @param unvalued the value of a prefix that is no word
   */
  PrefixTree(int capacity, double unvalued) {
    if (Integer.bitCount(capacity) != 1 || capacity >= ROOT) {
      throw new IllegalArgumentException("capacity must be a power of two below 2^24");
    }
    keys = new long[capacity];
    values = new double[capacity];
    mask = capacity - 1;
    Arrays.fill(keys, EMPTY);
    Arrays.fill(values, unvalued);
  }

  /** The node that {@code next} leads to, or {@link #NONE}. */
  int child(int node, char next) {
    int slot = slot(node, next);
    return keys[slot] == EMPTY ? NONE : slot;
  }

  /** The node that {@code next} leads to, made when it is not there. */
  int grow(int node, char next) {
    int slot = slot(node, next);
    keys[slot] = key(node, next);
    return slot;
  }

  double value(int node) {
    return values[node];
  }

  void value(int node, double value) {
    values[node] = value;
  }

  private static long key(int node, char next) {
    return ((long) node << Character.SIZE) | next;
  }

  /** Where the key is, or the free slot where it belongs. */
  private int slot(int node, char next) {
    long key = key(node, next);
    long hash = key * 0x9E3779B97F4A7C15L;
    int slot = (int) (hash >>> 40) & mask;
    while (keys[slot] != key && keys[slot] != EMPTY) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }
}
