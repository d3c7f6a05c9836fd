package dev.tuneline.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The medians of several rounds.
 *
 * @param peer null without a peer
 */
public record Medians(double ours, @Nullable Double peer) {
  /** Measures ours and the peer in turn, so that a busy machine slows both. */
  public static Medians alternating(
      int rounds, DoubleSupplier ours, @Nullable DoubleSupplier peer) {
    double[] ofOurs = new double[rounds];
    double[] ofPeer = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      ofOurs[i] = ours.getAsDouble();
      ofPeer[i] = peer == null ? 0 : peer.getAsDouble();
    }
    return new Medians(median(ofOurs), peer == null ? null : (Double) median(ofPeer));
  }

  /**
   * Of values measured already.
   *
   * @param peer null without a peer
   */
  public static Medians of(List<Double> ours, @Nullable List<Double> peer) {
    return new Medians(median(array(ours)), peer == null ? null : (Double) median(array(peer)));
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
