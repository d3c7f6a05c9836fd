package dev.tuneline.benchmarks.training;

import dev.tuneline.benchmarks.Benchmark;
import dev.tuneline.benchmarks.training.Job.Held;
import java.util.List;

/**
 * Training on two threads of the CPU beside Hugging Face's Trainer with PEFT: the same weights,
 * data and hyper-parameters. Where both see the same batches their losses must agree, else the
 * benchmark fails.
 */
public final class TrainingBenchmark implements Benchmark {
  static final String NAME = "training";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public List<Part> parts() {
    return List.of(
        new FixedBatches(ModelSize.SMALL, Held.FP32, false, 3, 6, "<= 0.80"),
        new FixedBatches(ModelSize.SMALL, Held.BF16, false, 3, 6, "<= 0.80"),
        new FixedBatches(ModelSize.SMALL, Held.FP32, true, 1, 3, "<= 0.55"),
        new SupervisedSet(ModelSize.SMALL, Held.FP32, 2, 24),
        new FixedBatches(ModelSize.LARGE, Held.FP32, false, 2, 2, "<= 0.50"),
        new FixedBatches(ModelSize.LARGE, Held.BF16, false, 2, 2, "<= 0.50"),
        new FixedBatches(ModelSize.LARGE, Held.FP32, true, 1, 1, "<= 0.55"),
        new QuantisedBase(ModelSize.LARGE, 1, 2));
  }
}
