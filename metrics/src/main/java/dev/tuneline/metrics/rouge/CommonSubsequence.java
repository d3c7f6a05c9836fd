package dev.tuneline.metrics.rouge;

import java.util.Arrays;
import java.util.BitSet;

/** The longest common subsequence of two sequences of numbers. */
final class CommonSubsequence {
  private CommonSubsequence() {}

  /**
   * Its length, by Hyyrö's bit-parallel recurrence (2004): 64 cells of the usual table at a time,
   * in columns of 64, so that O(|a| |b| / 64) time and O(|a| + |b|) memory suffice.
   */
  static int length(int[] a, int[] b) {
    int[] ranks = ranks(a, b);
    int[] rowOf = Arrays.copyOf(ranks, a.length);
    int[] columnOf = Arrays.copyOfRange(ranks, a.length, ranks.length);
    long[] matches = new long[ranks.length];
    byte[] carries = new byte[a.length];
    int length = 0;
    for (int from = 0; from < b.length; from += Long.SIZE) {
      int until = Math.min(from + Long.SIZE, b.length);
      for (int j = from; j < until; j++) {
        matches[columnOf[j]] |= 1L << (j - from);
      }
      // A zero bit marks a column where the row's length exceeds that of the column before.
      long rises = -1;
      for (int i = 0; i < a.length; i++) {
        long matched = rises & matches[rowOf[i]];
        long sum = rises + matched + carries[i];
        carries[i] = (byte) (((rises & matched) | ((rises | matched) & ~sum)) >>> (Long.SIZE - 1));
        rises = sum | (rises & ~matched);
      }
      length += until - from - Long.bitCount(rises & (-1L >>> (Long.SIZE - (until - from))));
      for (int j = from; j < until; j++) {
        matches[columnOf[j]] = 0;
      }
    }
    return length;
  }

  /** The numbers of both sequences replaced by their ranks, which are dense. */
  private static int[] ranks(int[] a, int[] b) {
    int[] all = Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, all, a.length, b.length);
    int[] sorted = all.clone();
    Arrays.sort(sorted);
    int distinct = 0;
    for (int i = 0; i < sorted.length; i++) {
      if (i == 0 || sorted[i] != sorted[distinct - 1]) {
        sorted[distinct++] = sorted[i];
      }
    }
    for (int i = 0; i < all.length; i++) {
      all[i] = Arrays.binarySearch(sorted, 0, distinct, all[i]);
    }
    return all;
  }

  /**
   * Adds the numbers of one longest common subsequence to {@code members}: of several the one that
   * a walk back through the table finds that prefers to shorten {@code b}.
   */
  static void addMembers(int[] a, int[] b, BitSet members) {
    int[][] lengths = new int[a.length + 1][b.length + 1];
    for (int i = 1; i <= a.length; i++) {
      for (int j = 1; j <= b.length; j++) {
        lengths[i][j] =
            a[i - 1] == b[j - 1]
                ? lengths[i - 1][j - 1] + 1
                : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
      }
    }
    int i = a.length;
    int j = b.length;
    while (i > 0 && j > 0) {
      if (a[i - 1] == b[j - 1]) {
        members.set(a[i - 1]);
        i--;
        j--;
      } else if (lengths[i - 1][j] > lengths[i][j - 1]) {
        i--;
      } else {
        j--;
      }
    }
  }
}
