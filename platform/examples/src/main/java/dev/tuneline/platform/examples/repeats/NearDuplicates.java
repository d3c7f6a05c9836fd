package dev.tuneline.platform.examples.repeats;

import dev.tuneline.platform.examples.spill.RecordSort;
import dev.tuneline.platform.examples.spill.Records;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Finds examples that are nearly equal. Those that have a band of their {@link MinHash} in common
 * are compared by the true Jaccard similarity of their n-grams, so nothing is taken for a near
 * duplicate that is none; what the bands miss is told by {@link MinHash#recall}. Pairs make groups,
 * over as many steps as there are, and the first example of a group stands for it.
 *
 * <p>In memory are four bytes for each example; bands are sorted in files. For one thread.
 */
public final class NearDuplicates implements AutoCloseable {
  private static final int RECORD_BYTES = Long.BYTES + Integer.BYTES;

  /** With how many different examples of a bucket another is compared before it is let be. */
  private static final int MAX_LEADERS = 8;

  /**
   * What was found.
   *
   * @param repeated the examples that are nearly equal to an earlier one, by their numbers
   * @param groups how many groups of two and more there are
   */
  public record Found(BitSet repeated, int groups) {}

  private static final class Leader {
    private final int number;
    private final long[] grams;

    Leader(int number, long[] grams) {
      this.number = number;
      this.grams = grams;
    }
  }

  private final double threshold;
  private final RecordSort bands;

  /**
   * @param threshold the least similarity that counts as nearly equal
   */
  public NearDuplicates(double threshold, int memoryBytes, Path folder) {
    this.threshold = threshold;
    this.bands = new RecordSort(RECORD_BYTES, memoryBytes, folder);
  }

  /** Adds an example by the hashes of its bands; numbers are given in the examples' order. */
  public void add(int number, long[] bandHashes) {
    for (long hash : bandHashes) {
      bands.add(ByteBuffer.allocate(RECORD_BYTES).putLong(hash).putInt(number).array());
    }
  }

  /**
   * Finds the groups; called once.
   *
   * @param examples one more than the greatest number
   * @param grams gives the n-grams of an example, ascending
   */
  public Found find(int examples, IntFunction<long[]> grams) {
    Groups groups = new Groups(examples);
    Records sorted = bands.sorted();
    List<Leader> leaders = new ArrayList<>();
    long bucket = 0;
    for (byte[] bytes = sorted.next(); bytes != null; bytes = sorted.next()) {
      ByteBuffer each = ByteBuffer.wrap(bytes);
      long hash = each.getLong();
      int number = each.getInt();
      if (leaders.isEmpty() || hash != bucket) {
        leaders.clear();
        bucket = hash;
        leaders.add(new Leader(number, new long[0]));
        continue;
      }
      join(number, leaders, groups, grams);
    }
    BitSet repeated = new BitSet();
    BitSet firsts = new BitSet();
    for (int i = 0; i < examples; i++) {
      int first = groups.first(i);
      if (first != i) {
        repeated.set(i);
        firsts.set(first);
      }
    }
    return new Found(repeated, firsts.cardinality());
  }

  /** Compares an example with those of its bucket that are unlike each other. */
  private void join(int number, List<Leader> leaders, Groups groups, IntFunction<long[]> grams) {
    int first = groups.first(number);
    for (Leader leader : leaders) {
      if (groups.first(leader.number) == first) {
        return;
      }
    }
    long[] own = grams.apply(number);
    for (int i = 0; i < leaders.size(); i++) {
      Leader leader = leaders.get(i);
      if (leader.grams.length == 0) { // the bucket's first, which most never are compared with
        leader = new Leader(leader.number, grams.apply(leader.number));
        leaders.set(i, leader);
      }
      if (NGrams.jaccard(leader.grams, own) >= threshold) {
        groups.unite(leader.number, number);
        return;
      }
    }
    if (leaders.size() < MAX_LEADERS) {
      leaders.add(new Leader(number, own));
    }
  }

  @Override
  public void close() {
    bands.close();
  }
}
