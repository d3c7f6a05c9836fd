package dev.tuneline.cli;

import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingProgress;
import java.time.Duration;
import java.util.Locale;

/** Shows a job's snapshots as stages: checking, sharding, training, evaluating, deploying. */
final class JobProgress {
  private final Stages stages;
  private JobState shown = JobState.JOB_STATE_UNSPECIFIED;

  JobProgress(Stages stages) {
    this.stages = stages;
  }

  /** Takes the newest snapshot. */
  void on(Job job) {
    JobState state = job.getState();
    if (state != shown) {
      summarise(job);
      shown = state;
    }
    switch (state) {
      case JOB_STATE_UNSPECIFIED, JOB_STATE_REQUESTED -> stages.enter("checking");
      case JOB_STATE_ACCEPTED -> stages.enter("sharding");
      case JOB_STATE_SHARDED -> stages.enter("waiting");
      case JOB_STATE_TRAINING -> training(stages.enter("training"), job.getProgress());
      case JOB_STATE_TRAINED -> stages.enter("evaluating");
      case JOB_STATE_EVALUATED -> stages.enter("deploying");
      case JOB_STATE_DEPLOYED, JOB_STATE_WITHHELD -> stages.end("");
      case JOB_STATE_FAILED, JOB_STATE_CANCELLED, UNRECOGNIZED -> stages.fail();
    }
  }

  private static void training(StageBar bar, TrainingProgress progress) {
    if (progress.getTotalSteps() > 0) {
      bar.update(
          progress.getStep(),
          progress.getTotalSteps(),
          measured(progress),
          Duration.ofMillis((long) (1000 * Math.max(0, progress.getEtaSeconds()))));
    }
  }

  /** The step, the loss and the pace. */
  static String measured(TrainingProgress progress) {
    return String.format(
        Locale.ROOT,
        "step %d/%d  loss %.4f  %s tokens/s",
        progress.getStep(),
        progress.getTotalSteps(),
        progress.getLoss(),
        Figures.count(Math.round(progress.getTokensPerSecond())));
  }

  /** Ends the stage that led to this state with what came of it. */
  private void summarise(Job job) {
    switch (job.getState()) {
      case JOB_STATE_SHARDED -> stages.end(tokens(job));
      case JOB_STATE_TRAINED -> stages.end(measured(job.getProgress()));
      case JOB_STATE_DEPLOYED ->
          stages.end(
              job.getSpec().getDeployment().getName()
                  + " is "
                  + Tables.shortId(job.getAdapter().getAdapterId()));
      case JOB_STATE_WITHHELD -> stages.end("withheld: " + job.getWithheldBecause());
      case JOB_STATE_UNSPECIFIED,
          JOB_STATE_REQUESTED,
          JOB_STATE_ACCEPTED,
          JOB_STATE_TRAINING,
          JOB_STATE_EVALUATED,
          JOB_STATE_FAILED,
          JOB_STATE_CANCELLED,
          UNRECOGNIZED -> {}
    }
  }

  private static String tokens(Job job) {
    long examples = job.getShardsList().stream().mapToLong(SplitShards::getExamples).sum();
    long tokens = job.getShardsList().stream().mapToLong(SplitShards::getTokens).sum();
    long trained = job.getShardsList().stream().mapToLong(SplitShards::getTrainedTokens).sum();
    long cut = job.getShardsList().stream().mapToLong(SplitShards::getTruncatedExamples).sum();
    return Figures.count(examples)
        + " examples, "
        + Figures.count(tokens)
        + " tokens, "
        + Figures.count(trained)
        + " trained, "
        + Figures.count(cut)
        + " truncated";
  }
}
