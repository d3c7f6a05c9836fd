package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.training.Course;
import dev.tuneline.engine.training.Evaluation;
import dev.tuneline.engine.training.StepReport;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.trainer.history.TrainingHistory;
import dev.tuneline.trainer.progress.ProgressMeter;
import dev.tuneline.trainer.progress.ResidentMemory;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One attempt at a job's steps: the loop around the engine's trainer. It stops between two steps:
 * once nobody wants the outcome, saying nothing more; once it is suspended, with a checkpoint.
 */
final class TrainingRun {
  private static final Logger log = LoggerFactory.getLogger(TrainingRun.class);
  private static final double NANOS_PER_SECOND = 1e9;

  private final String jobId;
  private final Trainer trainer;
  private final List<TrainingExample> validation;
  private final Checkpoints checkpoints;
  private final KeptCheckpoints kept;
  private final Milestones milestones;
  private final JobEvents events;
  private final Measurements measurements;
  private final TrainingHistory history;
  private final long startNanos = System.nanoTime();
  private final ProgressMeter meter;
  private TrainingProgress progress;

  /** A run from where {@code trainer} stands. */
  TrainingRun(
      Job job,
      Trainer trainer,
      List<TrainingExample> validation,
      Checkpoints checkpoints,
      Milestones milestones,
      JobEvents events,
      Measurements measurements,
      TrainingHistory history) {
    this.jobId = job.getJobId();
    this.trainer = trainer;
    this.validation = validation;
    this.checkpoints = checkpoints;
    this.kept = new KeptCheckpoints(job, milestones.saveTotalLimit());
    this.milestones = milestones;
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
            .setMicroBatchSize(trainer.microBatch())
            .setGradientAccumulationSteps(trainer.accumulation())
            .build();
    this.progress = withCourse(progress, trainer.course());
    this.meter = new ProgressMeter(progress, startNanos);
  }

  /**
   * Runs every step that is left, and makes the trainer what the adapter is made of.
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
    boolean suspended = cancellation.isSuspended();
    while (!isDone() && !suspended) {
      step();
      if (cancellation.isCancelled()) {
        return false;
      }
      if (milestones.evaluationAfter(trainer.step())) {
        evaluate();
      }
      suspended = cancellation.isSuspended();
      boolean due = milestones.checkpointAfter(trainer.step()) || isBestToKeep();
      if (suspended || (due && !isDone())) {
        checkpoint(cancellation);
      }
      if (cancellation.isCancelled()) {
        return false;
      }
    }
    if (suspended) {
      return false;
    }
    if (!hasEvaluation()) {
      evaluate();
    }
    if (!trainer.finished()) {
      String because =
          "no lower validation loss in %d evaluations".formatted(milestones.patience());
      log.info("job {}: stops after step {}: {}", jobId, trainer.step(), because);
      progress = progress.toBuilder().setStoppedBecause(because).build();
    }
    history.finished((System.nanoTime() - startNanos) / NANOS_PER_SECOND);
    takeBest();
    return !cancellation.isCancelled();
  }

  private boolean isDone() {
    return trainer.finished() || milestones.stopAfter(trainer.course());
  }

  private void step() {
    int microBatch = trainer.microBatch();
    StepReport report;
    try {
      report = trainer.next();
    } catch (Problem problem) {
      throw withCheckpoint(problem);
    }
    if (trainer.microBatch() < microBatch) {
      log.warn(
          "job {}: memory did not suffice for {} examples a forward; goes on with {}, {} forwards"
              + " a step",
          jobId,
          microBatch,
          trainer.microBatch(),
          trainer.accumulation());
      progress =
          progress.toBuilder()
              .setMicroBatchSize(trainer.microBatch())
              .setGradientAccumulationSteps(trainer.accumulation())
              .build();
    }
    long now = System.nanoTime();
    boolean due = meter.isDue(now);
    long bytes = due ? ResidentMemory.bytes() : progress.getResidentBytes();
    progress = meter.after(progress, report, bytes, now);
    history.step(report, progress.getTokensPerSecond());
    measurements.measured(jobId, progress, due);
  }

  /** What is left when training cannot go on. */
  private Problem withCheckpoint(Problem problem) {
    return kept.newest()
        .map(
            newest ->
                problem
                    .at("checkpoint_step", newest.getStep())
                    .at("checkpoint", newest.getCheckpoint().getSha256()))
        .orElse(problem);
  }

  private boolean hasEvaluation() {
    return validation.isEmpty()
        || newestEvaluation().filter(e -> e.step() == trainer.step()).isPresent();
  }

  private Optional<Evaluation> newestEvaluation() {
    List<Evaluation> all = trainer.course().evaluations();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
  }

  private void evaluate() {
    if (validation.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    Evaluation evaluation = trainer.evaluate(validation);
    history.evaluated(
        evaluation, validation.size(), (System.nanoTime() - start) / NANOS_PER_SECOND);
    if (isBest()) {
      history.best(evaluation.loss());
    }
    log.info(
        "job {}: validation loss {} after step {}", jobId, evaluation.loss(), evaluation.step());
    progress = withCourse(progress, trainer.course());
  }

  private boolean isBestToKeep() {
    return milestones.keepsBest() && isBest();
  }

  /** Whether the trainer stands where the validation loss was lowest. */
  private boolean isBest() {
    return trainer.course().best().filter(best -> best.step() == trainer.step()).isPresent();
  }

  private void checkpoint(Cancellation cancellation) {
    JobCheckpoint.Builder taken =
        JobCheckpoint.newBuilder()
            .setStep(trainer.step())
            .setCheckpoint(checkpoints.take(jobId, trainer, history));
    JobCheckpointed.Builder event =
        JobCheckpointed.newBuilder()
            .setStep(taken.getStep())
            .setCheckpoint(taken.getCheckpoint())
            .setBest(isBest());
    newestEvaluation()
        .filter(evaluation -> evaluation.step() == trainer.step())
        .ifPresent(
            evaluation -> {
              taken.setValidationLoss(evaluation.loss());
              event
                  .setValidationLoss(evaluation.loss())
                  .setValidationAccuracy(evaluation.accuracy());
            });
    List<JobCheckpoint> released = kept.add(taken.build());
    released.forEach(old -> event.addReleasedSteps(old.getStep()));
    if (cancellation.isCancelled()) {
      return;
    }
    events.checkpointed(jobId, event.build());
    released.forEach(checkpoints::release);
  }

  /** Goes back to the lowest validation loss, if that is what the adapter is made of. */
  private void takeBest() {
    if (!milestones.keepsBest() || isBest()) {
      return;
    }
    trainer
        .course()
        .best()
        .ifPresent(
            best -> {
              JobCheckpoint checkpoint =
                  kept.at(best.step())
                      .orElseThrow(
                          () ->
                              Problem.ours(
                                  "CHECKPOINT_MISSING",
                                  "there is no checkpoint after step " + best.step(),
                                  null));
              checkpoints.restore(trainer, checkpoint);
              log.info("job {}: goes back to step {}, the best", jobId, best.step());
              progress = with(best, progress.toBuilder()).build();
            });
  }

  private static TrainingProgress withCourse(TrainingProgress progress, Course course) {
    TrainingProgress.Builder next = progress.toBuilder();
    if (!course.evaluations().isEmpty()) {
      with(course.evaluations().getLast(), next);
    }
    course
        .best()
        .ifPresent(best -> next.setBestValidationLoss(best.loss()).setBestStep(best.step()));
    return next.build();
  }

  private static TrainingProgress.Builder with(
      Evaluation evaluation, TrainingProgress.Builder progress) {
    return progress
        .setValidationLoss(evaluation.loss())
        .setValidationAccuracy(evaluation.accuracy())
        .setValidationStep(evaluation.step());
  }

  /** The newest measurement. */
  TrainingProgress last() {
    return progress;
  }

  /** Puts the last measurement into the metrics, a second after the one before it. */
  void showEnd() {
    long until = System.nanoTime() + meter.nanosUntilLast(System.nanoTime());
    while (until - System.nanoTime() > 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
    measurements.measured(
        jobId,
        progress.toBuilder().setEtaSeconds(0).setResidentBytes(ResidentMemory.bytes()).build(),
        true);
  }
}
