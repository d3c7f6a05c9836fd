package dev.tuneline.datasets.build;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** How many examples are taken of each source. */
final class Shares {
  private Shares() {}

  /**
   * The number of each.
   *
   * @param available how many each has
   * @param weights their weights
   * @param total how many are taken of all, or 0: of each what it has times its weight. A total is
   *     shared by weight among those that have any, by largest remainders
   */
  static long[] of(List<Long> available, List<Double> weights, long total) {
    int count = available.size();
    long[] shares = new long[count];
    if (total == 0) {
      Arrays.setAll(shares, i -> Math.round(available.get(i) * weights.get(i)));
      return shares;
    }
    double[] sharing = new double[count];
    Arrays.setAll(sharing, i -> available.get(i) == 0 ? 0 : weights.get(i));
    double sum = Arrays.stream(sharing).sum();
    if (sum == 0) {
      return shares;
    }
    double[] remainders = new double[count];
    for (int i = 0; i < count; i++) {
      double exact = total * sharing[i] / sum;
      shares[i] = (long) exact;
      remainders[i] = exact - shares[i];
    }
    long missing = total - Arrays.stream(shares).sum();
    IntStream.range(0, count)
        .filter(i -> sharing[i] > 0)
        .boxed()
        .sorted(Comparator.comparingDouble((Integer i) -> -remainders[i]))
        .limit(missing)
        .forEach(i -> shares[i]++);
    return shares;
  }
}
