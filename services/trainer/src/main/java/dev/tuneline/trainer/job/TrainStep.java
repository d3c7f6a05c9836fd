package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.trainer.history.TrainingHistory;
import dev.tuneline.trainer.progress.LiveTraining;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains sharded jobs and resumes those whose trainer has gone. What a run needs comes from the
 * job's events and the artifact store alone, so any trainer can go on where another ended.
 */
public final class TrainStep implements Step<Job> {
  private static final Logger log = LoggerFactory.getLogger(TrainStep.class);

  private final String trainerName;
  private final BaseModels baseModels;
  private final ArtifactStore store;
  private final WorkFolder work;
  private final EventPublisher publisher;
  private final Measurements measurements;
  private final InstantSource clock;
  private final Room room;
  private final Estimates estimates;

  /**
   * @param memoryBytes the most that a job may take; 0 for all that is free
   */
  public TrainStep(
      String trainerName,
      BaseModels baseModels,
      ArtifactStore store,
      WorkFolder work,
      EventPublisher publisher,
      LiveTraining live,
      InstantSource clock,
      long memoryBytes) {
    this.trainerName = trainerName;
    this.baseModels = baseModels;
    this.store = store;
    this.work = work;
    this.publisher = publisher;
    this.measurements = new Measurements(publisher, live, clock);
    this.clock = clock;
    this.room = new Room(memoryBytes);
    this.estimates = new Estimates(baseModels, store, room);
  }

  /** Says what jobs would take here. */
  public Estimates estimates() {
    return estimates;
  }

  @Override
  public boolean wants(Job job) {
    return job.getState() == JobState.JOB_STATE_SHARDED
        || job.getState() == JobState.JOB_STATE_TRAINING;
  }

  @Override
  public void perform(Job job, Cancellation cancellation) {
    Hyperparameters parameters = new Hyperparameters(job.getSpec());
    String method = parameters.method();
    Milestones milestones = parameters.milestones();
    String template;
    TokenShards shards;
    try {
      template = ChatTemplate.load(baseModels.folder(job.getSpec().getBaseModel())).digest();
      shards = TokenShards.read(job, store, template);
      parameters.requireValidation(!shards.validation().isEmpty());
      if (!job.hasCheckpoint()) {
        estimates.requireRoom(job.getSpec(), shards.train());
      }
    } catch (Problem problem) {
      throw parameters.inWordsOfTheJob(problem);
    }
    room.taken();
    try (BaseModel base = baseModels.load(job.getSpec().getBaseModel(), parameters.precision())) {
      Checkpoints checkpoints = new Checkpoints(store, work);
      Trainer trainer = checkpoints.open(job, base, shards.train());
      try (Tunable _ = trainer.tunable();
          trainer) {
        log.info(
            "job {}: {} from step {} of {}, training {} of {} parameters, {}%",
            job.getJobId(),
            method,
            trainer.step(),
            trainer.totalSteps(),
            trainer.tunable().count().trained(),
            trainer.tunable().count().total(),
            "%.4f".formatted(trainer.tunable().count().percent()));
        TrainingHistory history = JobHistory.open(job, trainer, milestones, store, clock);
        JobEvents events = new JobEvents(publisher, job);
        TrainingRun run =
            new TrainingRun(
                job,
                trainer,
                shards.validation(),
                checkpoints,
                milestones,
                events,
                measurements,
                history);
        if (run.toTheEnd(trainerName, cancellation)) {
          new TunedAdapter(job, trainer, template, store, work, history)
              .publish(run.last(), events, cancellation);
          run.showEnd();
        }
      }
    } catch (Problem problem) {
      throw parameters.inWordsOfTheJob(problem);
    } finally {
      room.left();
      measurements.end();
    }
  }

  @Override
  public void failed(Job job, Problem problem) {
    new JobEvents(publisher, job).failed(job.getJobId(), problem);
  }
}
