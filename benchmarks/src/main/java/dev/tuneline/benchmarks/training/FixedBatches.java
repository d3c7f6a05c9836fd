package dev.tuneline.benchmarks.training;

import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Benchmark.Part;
import dev.tuneline.benchmarks.Figure;
import dev.tuneline.benchmarks.Goal;
import dev.tuneline.benchmarks.training.Job.Held;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Steps of 4 examples of 256 tokens, half of the labels masked.
 *
 * @param rounds processes of each side
 * @param steps measured in each
 * @param memory the goal of the ratio of peaks
 */
record FixedBatches(
    ModelSize size, Held precision, boolean checkpointing, int rounds, int steps, String memory)
    implements Part {
  private static final int BATCH = 4;
  private static final int LENGTH = 256;
  private static final int WARM_UP = 1;
  private static final double LEARNING_RATE = 2e-4;
  private static final double FP32_AGREEMENT = 1e-4;

  /** The peer rounds what flows between its layers to bf16 too, and ours does not. */
  private static final double BF16_AGREEMENT = 1e-2;

  @Override
  public String name() {
    return "%s %s%s"
        .formatted(
            size.name(),
            precision.name().toLowerCase(Locale.ROOT),
            checkpointing ? " checkpointing" : "");
  }

  @Override
  public List<Figure> measure(Bench bench) throws IOException {
    Path examples = Files.createTempFile("examples", ".jsonl");
    try {
      Rounds done =
          Rounds.of(bench, job(bench, size, precision, checkpointing, steps, examples), rounds);
      double difference =
          done.requireSameLosses(precision == Held.FP32 ? FP32_AGREEMENT : BF16_AGREEMENT);
      if (done.peer() != null) {
        System.err.printf(
            Locale.ROOT, "%s: losses differ by at most %.1e of the peer's%n", name(), difference);
      }
      List<Figure> figures = new ArrayList<>();
      figures.add(
          new Figure(
              name() + ": step time",
              done.stepSeconds(),
              "s",
              checkpointing ? null : Goal.of("<= 0.80")));
      figures.add(
          new Figure(name() + ": peak memory", done.peakGigabytes(), "GB", Goal.of(memory)));
      return figures;
    } finally {
      Files.delete(examples);
    }
  }

  /** The job, its examples written into a file. */
  static Job job(
      Bench bench, ModelSize size, Held precision, boolean checkpointing, int steps, Path examples)
      throws IOException {
    ModelFolders folders = ModelFolders.of(size, bench);
    ExampleFile.write(
        examples, new RandomText(size.vocabulary(), 2).equallyLong(steps * BATCH, LENGTH));
    return new Job(
        folders.model(precision).toString(),
        precision,
        folders.adapter().toString(),
        examples.toString(),
        null,
        WARM_UP,
        steps,
        BATCH,
        false,
        checkpointing,
        LEARNING_RATE);
  }
}
