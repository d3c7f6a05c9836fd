package dev.tuneline.cli;

import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingProgress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Shows a job's snapshots as stages. A stage that began and ended between two snapshots is shown
 * too, as it happened all the same.
 */
final class JobProgress {
  /**
   * A part of a job's life.
   *
   * @param end the state that ends it
   * @param outcome what came of it
   */
  private record Stage(String name, JobState end, Function<Job, String> outcome) {}

  private static final List<Stage> LIFE =
      List.of(
          new Stage("checking", JobState.JOB_STATE_ACCEPTED, job -> ""),
          new Stage("sharding", JobState.JOB_STATE_SHARDED, JobProgress::tokens),
          new Stage("waiting", JobState.JOB_STATE_TRAINING, job -> taken(job.getProgress())),
          new Stage("training", JobState.JOB_STATE_TRAINED, job -> measured(job.getProgress())),
          new Stage("evaluating", JobState.JOB_STATE_EVALUATED, job -> scores(job.getEvaluation())),
          new Stage("deploying", JobState.JOB_STATE_DEPLOYED, JobProgress::deployed));

  private final Stages stages;
  private int current;
  private boolean begun;
  private boolean ended;

  JobProgress(Stages stages) {
    this.stages = stages;
  }

  /** Takes the newest snapshot. */
  void on(Job job) {
    // Of a job that ended long ago there is no progress to show.
    ended |= !begun && JobWatch.isFinal(job);
    begun = true;
    if (ended) {
      return;
    }
    if (job.getState() == JobState.JOB_STATE_FAILED
        || job.getState() == JobState.JOB_STATE_CANCELLED) {
      ended = true;
      stages.fail();
      return;
    }
    while (current < LIFE.size() && reached(job, LIFE.get(current))) {
      Stage passed = LIFE.get(current);
      if (!isOfTrials(job, passed)) {
        stages.enter(passed.name());
        stages.end(passed.outcome().apply(job));
      }
      current++;
    }
    ended = current == LIFE.size();
    if (ended) {
      return;
    }
    if (job.getState() == JobState.JOB_STATE_PAUSED) {
      stages.enter("paused");
      return;
    }
    if (job.getState() == JobState.JOB_STATE_TRIED) {
      ended = true;
      return;
    }
    if (job.getState() == JobState.JOB_STATE_SWEEPING) {
      sweeping(stages.enter("trials"), job);
      return;
    }
    StageBar bar = stages.enter(LIFE.get(current).name());
    if (job.getState() == JobState.JOB_STATE_TRAINING) {
      training(bar, job.getProgress());
    }
  }

  /**
   * The first states are numbered in the order of a job's life; WITHHELD ends what DEPLOYED would.
   */
  private static boolean reached(Job job, Stage stage) {
    JobState state =
        job.getState() == JobState.JOB_STATE_PAUSED ? job.getPausedIn() : job.getState();
    JobState place =
        switch (state) {
          case JOB_STATE_SWEEPING -> JobState.JOB_STATE_ACCEPTED;
          case JOB_STATE_TRIED -> JobState.JOB_STATE_TRAINED;
          default -> state;
        };
    return place.getNumber() >= stage.end().getNumber();
  }

  /** Sharded and taken are a sweep's trials, not the job itself. */
  private static boolean isOfTrials(Job job, Stage stage) {
    return job.getSpec().hasSweep()
        && (stage.end() == JobState.JOB_STATE_SHARDED
            || stage.end() == JobState.JOB_STATE_TRAINING);
  }

  private static void sweeping(StageBar bar, Job job) {
    long over =
        job.getTrialsList().stream()
            .filter(trial -> trial.getState() != JobState.JOB_STATE_UNSPECIFIED)
            .count();
    if (job.getTrialsCount() > 0) {
      String figures = "%d of %d trials".formatted(over, job.getTrialsCount());
      bar.update(over, job.getTrialsCount(), figures);
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

  /** How much of the model is trained. */
  private static String taken(TrainingProgress progress) {
    long trained = progress.getTrainableParameters();
    long total = progress.getTotalParameters();
    return total == 0
        ? "a trainer took it"
        : String.format(
            Locale.ROOT,
            "a trainer took it: %s of %s parameters are trained (%.2f %%)",
            Figures.count(trained),
            Figures.count(total),
            100.0 * trained / total);
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

  private static String scores(Evaluation evaluation) {
    return Figures.count(evaluation.getCandidate().getExamples())
        + " test examples, loss "
        + Figures.score(evaluation.getBase().getLoss())
        + " -> "
        + Figures.score(evaluation.getCandidate().getLoss());
  }

  private static String deployed(Job job) {
    return job.getState() == JobState.JOB_STATE_WITHHELD
        ? "withheld: " + job.getWithheldBecause()
        : job.getSpec().getDeployment().getName()
            + " is adapter "
            + Tables.shortId(job.getAdapter().getAdapterId());
  }

  private static String tokens(Job job) {
    return sum(job, SplitShards::getExamples)
        + " examples, "
        + sum(job, SplitShards::getTokens)
        + " tokens, "
        + sum(job, SplitShards::getTrainedTokens)
        + " trained, "
        + sum(job, SplitShards::getTruncatedExamples)
        + " truncated";
  }

  private static String sum(Job job, ToLongFunction<SplitShards> figure) {
    return Figures.count(job.getShardsList().stream().mapToLong(figure).sum());
  }
}
