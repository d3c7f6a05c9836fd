package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Medians;
import dev.tuneline.benchmarks.Worker;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Rounds of one job in which ours and the peer take turns. Each round of each side is a process of
 * its own, so that the memory of one is counted and the two need not fit beside each other.
 *
 * @param peer null when only ours was asked for
 */
record Rounds(List<Round> ours, @Nullable List<Round> peer) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One process's. */
  record Round(Done done, long peakBytes) {}

  static Rounds of(Bench bench, Job job, int rounds) throws IOException {
    List<Round> ours = new ArrayList<>();
    List<Round> peers = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      ours.add(ours(bench, job));
      try (Worker worker = bench.peer(TrainingBenchmark.NAME)) {
        if (worker != null) {
          peers.add(round(worker, job));
        }
      }
    }
    return new Rounds(ours, peers.isEmpty() ? null : peers);
  }

  /** One round of ours alone. */
  static Round ours(Bench bench, Job job) throws IOException {
    try (Worker worker = bench.ours(TrainingWorker.class, null)) {
      return round(worker, job);
    }
  }

  private static Round round(Worker worker, Job job) throws IOException {
    Done done = JSON.treeToValue(worker.ask(job), Done.class);
    return new Round(done, worker.peakBytes());
  }

  /** Medians over the steps of all rounds, in seconds. */
  Medians stepSeconds() {
    return Medians.of(steps(ours), peer == null ? null : steps(peer));
  }

  private static List<Double> steps(List<Round> rounds) {
    return rounds.stream().flatMap(r -> r.done().seconds().stream()).toList();
  }

  /** Medians over the rounds of something. */
  Medians each(ToDoubleFunction<Round> value) {
    return Medians.of(each(ours, value), peer == null ? null : each(peer, value));
  }

  private static List<Double> each(List<Round> rounds, ToDoubleFunction<Round> value) {
    return rounds.stream().map(value::applyAsDouble).toList();
  }

  /** Medians of the peaks, in GB of 10^9 bytes. */
  Medians peakGigabytes() {
    return each(r -> r.peakBytes() / 1e9);
  }

  /**
   * The largest relative difference of ours and the peer's losses, step by step; 0 without a peer.
   *
   * @throws Problem PEER_DISAGREES when it is above {@code tolerance}
   */
  double requireSameLosses(double tolerance) {
    if (peer == null) {
      return 0;
    }
    double largest = 0;
    for (int round = 0; round < ours.size(); round++) {
      List<Double> own = ours.get(round).done().losses();
      List<Double> other = peer.get(round).done().losses();
      if (own.size() != other.size()) {
        throw disagreement("%d steps, the peer %d".formatted(own.size(), other.size()));
      }
      for (int step = 0; step < own.size(); step++) {
        double difference = Math.abs(own.get(step) - other.get(step)) / other.get(step);
        if (!(difference <= tolerance)) {
          throw disagreement(
              "loss %s in step %d, the peer %s"
                  .formatted(own.get(step), step + 1, other.get(step)));
        }
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  }

  private static Problem disagreement(String message) {
    return Problem.ours("PEER_DISAGREES", "ours has " + message, null);
  }
}
