package dev.tuneline.trainer.job;

import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.checkpoint.Checkpoint;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import dev.tuneline.trainer.history.TrainingHistory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/** Checkpoints in the artifact store; what lies on a trainer's own disk counts for nothing. */
final class Checkpoints {
  private final ArtifactStore store;
  private final WorkFolder work;

  Checkpoints(ArtifactStore store, WorkFolder work) {
    this.store = store;
    this.work = work;
  }

  /**
   * A trainer where the job's newest checkpoint was taken, or before its first step when there is
   * none. The caller closes it and then its tunable.
   *
   * @throws dev.tuneline.errors.Problem CHECKPOINT_MISMATCH when base model or examples are not
   *     those of the checkpoint
   */
  Trainer open(Job job, BaseModel base, List<TrainingExample> examples) {
    if (job.hasCheckpoint()) {
      return Checkpoint.read(store.localFolder(job.getCheckpoint())).resume(base, examples);
    }
    Hyperparameters parameters = new Hyperparameters(job.getSpec());
    TrainingSpec training = parameters.training(examples.size());
    Tunable tunable =
        Methods.start(parameters.method(), parameters.options(base), base, parameters.seed());
    try {
      return new Trainer(base, tunable, examples, training);
    } catch (RuntimeException e) {
      tunable.close();
      throw e;
    }
  }

  /** Takes {@code trainer} back to an earlier checkpoint of its job. */
  void restore(Trainer trainer, JobCheckpoint earlier) {
    Checkpoint.read(store.localFolder(earlier.getCheckpoint())).restore(trainer);
  }

  /**
   * Removes from the store what only this checkpoint can hold. What it tuned may be somebody's
   * adapter, byte for byte, and stays.
   */
  void release(JobCheckpoint checkpoint) {
    store.removeFolder(checkpoint.getCheckpoint(), Checkpoint.OWN_FILES);
  }

  /** Stores all that continuing after the steps so far needs. */
  ArtifactRef take(String jobId, Trainer trainer, TrainingHistory history) {
    AtomicReference<ArtifactRef> stored = new AtomicReference<>(ArtifactRef.getDefaultInstance());
    work.with(
        folder -> {
          Path checkpoint = folder.resolve("checkpoint");
          Checkpoint.write(trainer, checkpoint, jobId);
          history.write(checkpoint);
          stored.set(store.putFolder(checkpoint));
        });
    return stored.get();
  }
}
