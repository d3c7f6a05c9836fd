package dev.tuneline.ingest.job;

import static dev.tuneline.ingest.job.Numbers.outOfRange;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.TrainingSpec;
import java.util.LinkedHashMap;
import java.util.Map;

/** The optimizer, and what is measured, kept and stopped at while a job trains. */
final class LoopNumbers {
  private static final String AT = "spec.training.";
  private static final String ADAMW = "adamw_torch";
  private static final String ADAFACTOR = "adafactor";
  private static final double MAX_LOSS_FACTOR = 3;

  /** The names of TrainingArguments' optim that are known, and what each is here. */
  private static final Map<String, String> OPTIMIZERS = new LinkedHashMap<>();

  static {
    for (String same :
        new String[] {
          ADAMW,
          "adamw_torch_fused",
          "adamw_torch_xla",
          "adamw_torch_npu_fused",
          "adamw_hf",
          "adamw"
        }) {
      OPTIMIZERS.put(same, ADAMW);
    }
    OPTIMIZERS.put(ADAFACTOR, ADAFACTOR);
  }

  private LoopNumbers() {}

  static void complete(TrainingSpec.Builder training) {
    Numbers numbers = new Numbers(training, AT);
    completeOptimizer(training, numbers);
    completeEvaluation(training, numbers);
    numbers.whole("save_total_limit", 0, 0, 1_000_000);
    double factor = training.hasMaxLossFactor() ? training.getMaxLossFactor() : MAX_LOSS_FACTOR;
    if (!(factor == 0 || (factor > 1 && factor <= 1e6))) {
      throw outOfRange(AT + "max_loss_factor", "more than 1, at most 1e6, or 0 for no bound");
    }
    training.setMaxLossFactor(factor);
  }

  private static void completeOptimizer(TrainingSpec.Builder training, Numbers numbers) {
    String given = training.getOptim().isEmpty() ? ADAMW : training.getOptim();
    String optimizer = OPTIMIZERS.get(given);
    if (optimizer == null) {
      throw Problem.caller("OPTIMIZER_NOT_SUPPORTED", "there is no such optimizer here")
          .at(Problem.FIELD, AT + "optim")
          .mend("use one of " + OPTIMIZERS.keySet());
    }
    training.setOptim(optimizer);
    numbers.fraction("adam_beta1", 0.9);
    numbers.fraction("adam_beta2", 0.999);
    double epsilon = training.hasAdamEpsilon() ? training.getAdamEpsilon() : 1e-8;
    if (!(epsilon > 0 && epsilon <= 1)) {
      throw outOfRange(AT + "adam_epsilon", "more than 0, at most 1");
    }
    training.setAdamEpsilon(epsilon);
  }

  private static void completeEvaluation(TrainingSpec.Builder training, Numbers numbers) {
    String metric = training.getMetricForBestModel();
    if (!metric.isEmpty() && !metric.equals("loss") && !metric.equals("eval_loss")) {
      throw outOfRange(AT + "metric_for_best_model", "loss");
    }
    training.setMetricForBestModel("loss");
    numbers.whole("early_stopping_patience", 0, 0, 1_000_000);
    numbers.number("early_stopping_threshold", 0, 0, 1e6);
    boolean stopsEarly = training.getEarlyStoppingPatience() > 0;
    if (!training.hasLoadBestModelAtEnd()) {
      training.setLoadBestModelAtEnd(stopsEarly);
    }
    boolean measures =
        stopsEarly
            || training.getLoadBestModelAtEnd()
            || training.getSchedule() == Schedule.SCHEDULE_REDUCE_LR_ON_PLATEAU;
    numbers.whole(
        "eval_steps", measures ? training.getCheckpointSteps() : 0, measures ? 1 : 0, 1_000_000);
  }
}
