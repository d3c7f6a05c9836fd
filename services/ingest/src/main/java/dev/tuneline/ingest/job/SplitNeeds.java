package dev.tuneline.ingest.job;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.TrainingSpec;

/** Which splits of a prepared dataset a job cannot do without. */
final class SplitNeeds {
  private SplitNeeds() {}

  /**
   * Checks that the splits which a complete spec needs hold examples.
   *
   * @throws Problem EMPTY_SPLIT or NO_VALIDATION_SPLIT with the field that needs it
   */
  static void require(JobSpec spec, DatasetVersion version) {
    if (isEmpty(version, Split.SPLIT_TRAIN)) {
      throw Problem.caller("EMPTY_SPLIT", "the dataset's train split is empty")
          .at(Problem.FIELD, "spec.dataset_id")
          .mend("add rows to the dataset and cut it again");
    }
    String follower = follower(spec);
    if (!follower.isEmpty() && isEmpty(version, Split.SPLIT_VALIDATION)) {
      throw Problem.caller(
              "NO_VALIDATION_SPLIT", "the dataset's validation split is empty and is asked for")
          .at(Problem.FIELD, follower)
          .mend("add rows to the dataset and cut it again, or follow no validation");
    }
  }

  private static boolean isEmpty(DatasetVersion version, Split split) {
    return version.getSplitsList().stream()
        .filter(each -> each.getSplit() == split)
        .mapToLong(SplitExamples::getExamples)
        .allMatch(examples -> examples == 0);
  }

  /** The first field by which the job follows what is measured on validation; empty for none. */
  private static String follower(JobSpec spec) {
    TrainingSpec training = spec.getTraining();
    if (training.getEarlyStoppingPatience() > 0) {
      return "spec.training.early_stopping_patience";
    }
    if (training.getLoadBestModelAtEnd()) {
      return "spec.training.load_best_model_at_end";
    }
    if (training.getSchedule() == Schedule.SCHEDULE_REDUCE_LR_ON_PLATEAU) {
      return "spec.training.schedule";
    }
    return spec.hasSweep() && spec.getSweep().getMetric() != SweepMetric.SWEEP_METRIC_TRAINING_LOSS
        ? "spec.sweep.metric"
        : "";
  }
}
