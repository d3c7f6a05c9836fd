package dev.tuneline.trainer.job;

import com.google.protobuf.Timestamp;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.trainer.history.RunPlan;
import dev.tuneline.trainer.history.TrainingHistory;
import java.time.Instant;
import java.time.InstantSource;

/** Finds the log of a job's earlier attempts. */
final class JobHistory {
  /** A multiply and an add in the forward, twice as much in the backward. */
  private static final double FLOPS_PER_WEIGHT = 6;

  private JobHistory() {}

  /** The log up to where {@code trainer} stands: in the job's newest checkpoint, else empty. */
  static TrainingHistory open(
      Job job, Trainer trainer, Milestones milestones, ArtifactStore store, InstantSource clock) {
    TrainingSpec spec = trainer.spec();
    Timestamp created = job.getCreatedAt();
    RunPlan plan =
        new RunPlan(
            job.getJobId(),
            Instant.ofEpochSecond(created.getSeconds(), created.getNanos()),
            trainer.totalSteps(),
            spec.epochs(),
            spec.microBatch(),
            spec.microBatch() * spec.accumulation(),
            milestones.checkpointSteps(),
            milestones.evalSteps() > 0 ? milestones.evalSteps() : trainer.totalSteps(),
            FLOPS_PER_WEIGHT * weightsOfBlocks(trainer.base()));
    return job.hasCheckpoint()
        ? TrainingHistory.resume(plan, clock, store.localFolder(job.getCheckpoint()))
        : TrainingHistory.begin(plan, clock);
  }

  /** The token table costs next to nothing to look up. */
  private static long weightsOfBlocks(BaseModel base) {
    return base.parameterCount() - (long) base.shape().vocab() * base.shape().hidden();
  }
}
