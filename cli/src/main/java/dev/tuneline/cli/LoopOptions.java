package dev.tuneline.cli;

import com.google.protobuf.Value;
import dev.tuneline.proto.v1.TrainingSpec;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Schedule, optimizer and what is measured and kept on the way, under the names of transformers.
 */
final class LoopOptions {
  @Option(
      names = "--schedule-option",
      paramLabel = "KEY=VALUE",
      description = "an option of the schedule as in lr_scheduler_kwargs, e.g. num_cycles=2")
  private Map<String, String> scheduleOptions = Map.of();

  @Option(
      names = "--warmup-steps",
      paramLabel = "N",
      description = "optimizer steps; wins over --warmup-ratio")
  private @Nullable Long warmupSteps;

  @Option(
      names = "--optim",
      paramLabel = "NAME",
      description = "adamw_torch, or adafactor with next to no memory (adamw_torch)")
  private @Nullable String optim;

  @Option(names = "--adam-beta1", paramLabel = "N", description = "(0.9)")
  private @Nullable Double adamBeta1;

  @Option(names = "--adam-beta2", paramLabel = "N", description = "(0.999)")
  private @Nullable Double adamBeta2;

  @Option(names = "--adam-epsilon", paramLabel = "N", description = "(1e-8)")
  private @Nullable Double adamEpsilon;

  @Option(
      names = "--eval-steps",
      paramLabel = "N",
      description = "steps between measurements of the validation loss (after the last alone)")
  private @Nullable Long evalSteps;

  @Option(
      names = "--load-best-model-at-end",
      description = "make the adapter of the lowest validation loss")
  private boolean loadBest;

  @Option(
      names = "--early-stopping-patience",
      paramLabel = "N",
      description = "measurements without a lower loss after which to end (never)")
  private @Nullable Integer earlyStoppingPatience;

  @Option(names = "--early-stopping-threshold", paramLabel = "N", description = "(0)")
  private @Nullable Double earlyStoppingThreshold;

  @Option(
      names = "--save-total-limit",
      paramLabel = "N",
      description = "checkpoints to keep beside the best (all)")
  private @Nullable Integer saveTotalLimit;

  @Option(
      names = "--max-loss-factor",
      paramLabel = "N",
      description = "stop at a loss so many times its mean; 0 for never (3)")
  private @Nullable Double maxLossFactor;

  /**
   * Sets what is given.
   *
   * @param free reads a value of any type
   */
  void over(TrainingSpec.Builder training, Function<String, Value> free) {
    scheduleOptions.forEach(
        (key, text) -> training.getScheduleOptionsBuilder().putFields(key, free.apply(text)));
    if (warmupSteps != null) {
      training.setWarmupSteps(warmupSteps);
    }
    if (optim != null) {
      training.setOptim(optim);
    }
    if (adamBeta1 != null) {
      training.setAdamBeta1(adamBeta1);
    }
    if (adamBeta2 != null) {
      training.setAdamBeta2(adamBeta2);
    }
    if (adamEpsilon != null) {
      training.setAdamEpsilon(adamEpsilon);
    }
    if (evalSteps != null) {
      training.setEvalSteps(evalSteps);
    }
    if (loadBest) {
      training.setLoadBestModelAtEnd(true);
    }
    if (earlyStoppingPatience != null) {
      training.setEarlyStoppingPatience(earlyStoppingPatience);
    }
    if (earlyStoppingThreshold != null) {
      training.setEarlyStoppingThreshold(earlyStoppingThreshold);
    }
    if (saveTotalLimit != null) {
      training.setSaveTotalLimit(saveTotalLimit);
    }
    if (maxLossFactor != null) {
      training.setMaxLossFactor(maxLossFactor);
    }
  }
}
