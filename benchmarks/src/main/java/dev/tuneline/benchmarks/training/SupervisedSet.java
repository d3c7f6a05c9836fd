package dev.tuneline.benchmarks.training;

import dev.tuneline.benchmarks.Bench;
import dev.tuneline.benchmarks.Benchmark.Part;
import dev.tuneline.benchmarks.Figure;
import dev.tuneline.benchmarks.Goal;
import dev.tuneline.benchmarks.Medians;
import dev.tuneline.benchmarks.training.Job.Held;
import dev.tuneline.engine.training.TrainingExample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An epoch over a realistic set: lengths log-normal, 20 to 600 tokens, prompts 60 % of them; 8
 * examples a step, as Trainer's default is. Each side uses its defaults: the peer random order,
 * padded to the longest of the batch.
 *
 * <p>Curves are equal when the losses of some steps in the file's order agree step by step, and
 * when after the epoch, in each side's own order, the losses of held-out examples do within a
 * hundredth.
 */
record SupervisedSet(ModelSize size, Held precision, int rounds, int steps) implements Part {
  private static final int BATCH = 8;
  private static final int HELD_OUT = 32;
  private static final int WARM_UP = 2;
  private static final int STEPS_IN_ORDER = 4;
  private static final double LEARNING_RATE = 2e-3;
  private static final double AGREEMENT = 1e-4;

  @Override
  public String name() {
    return "SFT set, " + precision.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public List<Figure> measure(Bench bench) throws IOException {
    Path examples = Files.createTempFile("examples", ".jsonl");
    Path heldOut = Files.createTempFile("held-out", ".jsonl");
    try {
      RandomText text = new RandomText(size.vocabulary(), 3);
      List<TrainingExample> set = text.supervised(steps * BATCH);
      double tokens = set.stream().mapToInt(TrainingExample::length).sum();
      ExampleFile.write(examples, set);
      ExampleFile.write(heldOut, text.supervised(HELD_OUT));
      Rounds inOrder = Rounds.of(bench, job(bench, examples, null, STEPS_IN_ORDER, false), 1);
      double difference = inOrder.requireSameLosses(AGREEMENT);
      if (inOrder.peer() != null) {
        System.err.printf(
            Locale.ROOT,
            "%s, same order: losses differ by at most %.1e of the peer's%n",
            name(),
            difference);
      }
      Rounds done = Rounds.of(bench, job(bench, examples, heldOut, steps, true), rounds);
      Medians rate = done.each(r -> tokens / r.done().totalSeconds());
      Medians loss = done.each(r -> Objects.requireNonNull(r.done().heldOut()));
      return List.of(
          new Figure(name() + ": useful tokens", rate, "tokens/s", Goal.of(">= 2.0")),
          new Figure(name() + ": held-out loss after it", loss, "nats", Goal.of("<= 1.01")),
          new Figure(name() + ": peak memory", done.peakGigabytes(), "GB", null));
    } finally {
      Files.delete(examples);
      Files.delete(heldOut);
    }
  }

  private Job job(Bench bench, Path examples, @Nullable Path heldOut, int wanted, boolean shuffled)
      throws IOException {
    ModelFolders folders = ModelFolders.of(size, bench);
    return new Job(
        folders.model(precision).toString(),
        precision,
        folders.adapter().toString(),
        examples.toString(),
        heldOut == null ? null : heldOut.toString(),
        shuffled ? WARM_UP : 0,
        wanted,
        BATCH,
        shuffled,
        false,
        LEARNING_RATE);
  }
}
