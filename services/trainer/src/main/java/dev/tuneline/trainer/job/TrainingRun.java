package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.trainer.history.TrainingHistory;
import dev.tuneline.trainer.progress.ProgressMeter;
import dev.tuneline.trainer.progress.ResidentMemory;

/**
 * One attempt at a job's steps: the loop around the engine's trainer. It stops between two steps:
 * once nobody wants the outcome, saying nothing more; once it is suspended, with a checkpoint.
 */
final class TrainingRun {
  private static final double NANOS_PER_SECOND = 1e9;

  private final String jobId;
  private final Trainer trainer;
  private final Checkpoints checkpoints;
  private final long checkpointSteps;
  private final JobEvents events;
  private final Measurements measurements;
  private final TrainingHistory history;
  private TrainingProgress progress;

  /** A run from where {@code trainer} stands. */
  TrainingRun(
      Job job,
      Trainer trainer,
      Checkpoints checkpoints,
      long checkpointSteps,
      JobEvents events,
      Measurements measurements,
      TrainingHistory history) {
    this.jobId = job.getJobId();
    this.trainer = trainer;
    this.checkpoints = checkpoints;
    this.checkpointSteps = checkpointSteps;
    this.events = events;
    this.measurements = measurements;
    this.history = history;
    TrainableCount count = trainer.tunable().count();
    this.progress =
        TrainingProgress.newBuilder()
            .setStep(trainer.step())
            .setTotalSteps(trainer.totalSteps())
            .setTrainableParameters(count.trained())
            .setTotalParameters(count.total())
            .build();
  }

  /**
   * Runs every step that is left.
   *
   * @return whether the steps are done; false when the run was cancelled or suspended
   */
  boolean toTheEnd(String trainerName, Cancellation cancellation) {
    measurements.begin(jobId, progress);
    events.started(
        jobId,
        JobStarted.newBuilder()
            .setTrainer(trainerName)
            .setFromStep(trainer.step())
            .setTotalSteps(trainer.totalSteps())
            .setTrainableParameters(progress.getTrainableParameters())
            .setTotalParameters(progress.getTotalParameters())
            .build());
    long start = System.nanoTime();
    ProgressMeter meter = new ProgressMeter(progress, start);
    boolean suspended = cancellation.isSuspended();
    while (!trainer.finished() && !suspended) {
      StepReport report = trainer.next();
      if (cancellation.isCancelled()) {
        return false;
      }
      long now = System.nanoTime();
      boolean due = meter.isDue(now) || trainer.finished();
      if (due) {
        progress = meter.after(report, ResidentMemory.bytes(), now);
      } else {
        progress = meter.after(report, progress.getResidentBytes(), now);
      }
      history.step(report, progress.getTokensPerSecond());
      measurements.measured(jobId, progress, due);
      suspended = cancellation.isSuspended();
      if (suspended || (trainer.step() % checkpointSteps == 0 && !trainer.finished())) {
        ArtifactRef checkpoint = checkpoints.take(trainer, history);
        if (cancellation.isCancelled()) {
          return false;
        }
        events.checkpointed(jobId, trainer.step(), checkpoint);
      }
    }
    if (suspended || cancellation.isCancelled()) {
      return false;
    }
    history.finished((System.nanoTime() - start) / NANOS_PER_SECOND);
    return true;
  }

  /** The newest measurement. */
  TrainingProgress last() {
    return progress;
  }
}
