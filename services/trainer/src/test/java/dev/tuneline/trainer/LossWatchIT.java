package dev.tuneline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Value;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a job does with its losses: it stops, keeps the best, and is sure of what it measures. */
class LossWatchIT {
  @TempDir private static Path folder;
  private static TrainingSite site;

  @BeforeAll
  static void start() {
    site = new TrainingSite(folder);
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @Test
  void stopsAtALossThatIsNoNumber() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getLoraBuilder().setR(1).setAlpha(1e38).setDropout(0);
    spec.getTrainingBuilder().setWarmupRatio(0).setLearningRate(1);
    String id = site.submit(spec);
    try (TrainerLoop _ = site.trainer("one")) {
      Job failed = site.awaitState(id, JobState.JOB_STATE_FAILED);

      assertThat(failed.getProblem().getReason()).isEqualTo("LOSS_NOT_FINITE");
    }
  }

  @Test
  void keepsTheLastGoodCheckpointWhenTheLossExplodes() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getLoraBuilder().setDropout(0);
    spec.getTrainingBuilder()
        .setWarmupRatio(0)
        .setLearningRate(0.9)
        .setMaxGradNorm(1e6)
        .setMaxSteps(200)
        .setCheckpointSteps(1)
        .setMaxLossFactor(1.01);
    String id = site.submit(spec);
    try (TrainerLoop _ = site.trainer("one")) {
      Job failed = site.awaitState(id, JobState.JOB_STATE_FAILED);

      assertThat(failed.getProblem().getReason()).isEqualTo("LOSS_EXPLODED");
      assertThat(failed.getProblem().getDetailsMap())
          .containsEntry("checkpoint_step", String.valueOf(failed.getCheckpointStep()))
          .containsEntry("checkpoint", failed.getCheckpoint().getSha256())
          .containsEntry("step", String.valueOf(failed.getCheckpointStep() + 1))
          .containsKeys("loss", "mend");
      assertThat(site.store.localFolder(failed.getCheckpoint()).resolve("state.json")).exists();
    }
  }

  @Test
  void makesTheAdapterOfTheBestEvaluationAndKeepsFewCheckpoints() {
    // A rate that soon overfits random tokens: the best is neither the first nor the last.
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder()
        .setMaxSteps(120)
        .setEvalSteps(2)
        .setCheckpointSteps(5)
        .setLoadBestModelAtEnd(true)
        .setSaveTotalLimit(2)
        .setSchedule(Schedule.SCHEDULE_CONSTANT)
        .setLearningRate(3e-2);
    String whole = site.submit(spec);
    Job job;
    try (TrainerLoop _ = site.trainer("one")) {
      job = site.awaitState(whole, JobState.JOB_STATE_TRAINED);
    }

    long best = job.getProgress().getBestStep();
    assertThat(best).isBetween(2L, 118L).isEven();
    assertThat(job.getProgress().getStep()).isEqualTo(120);
    assertThat(job.getProgress().getValidationStep()).isEqualTo(best);
    assertThat(job.getProgress().getValidationLoss())
        .isEqualTo(job.getProgress().getBestValidationLoss());
    assertThat(job.getBestCheckpointStep()).isEqualTo(best);
    assertThat(job.getCheckpoints(0).getValidationAccuracy())
        .isEqualTo(job.getProgress().getValidationAccuracy())
        .isBetween(0.0, 1.0);
    assertThat(job.getCheckpointsList())
        .extracting(JobCheckpoint::getStep)
        .containsExactly(best, job.getCheckpointStep());
    Path checkpoint = site.store.localFolder(job.getCheckpoints(0).getCheckpoint());
    assertThat(site.store.localFolder(job.getAdapter().getFolder()).resolve(TrainingSite.WEIGHTS))
        .hasSameBinaryContentAs(checkpoint.resolve("tuned").resolve(TrainingSite.WEIGHTS));
    assertThat(Files.exists(checkpoint.resolve("trainer.safetensors"))).isTrue();
  }

  @Test
  void stopsEarlyAtTheSameStepWhenItIsResumed() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder()
        .setMaxSteps(300)
        .setEvalSteps(2)
        .setCheckpointSteps(1)
        .setLoadBestModelAtEnd(true)
        .setEarlyStoppingPatience(12)
        .setSaveTotalLimit(1)
        .setSchedule(Schedule.SCHEDULE_REDUCE_LR_ON_PLATEAU)
        .setOptim("adafactor")
        .setLearningRate(1e-2);
    spec.getTrainingBuilder()
        .getScheduleOptionsBuilder()
        .putFields("patience", Value.newBuilder().setNumberValue(3).build());
    String disturbed = site.submit(spec);
    try (TrainerLoop _ = site.trainer("first")) {
      await()
          .atMost(TrainingSite.PATIENCE)
          .until(() -> site.job(disturbed).getCheckpointStep() > 4);
    }
    assertThat(site.job(disturbed).getState()).isEqualTo(JobState.JOB_STATE_TRAINING);

    String undisturbed = site.submit(spec);
    try (TrainerLoop _ = site.trainer("second")) {
      Job resumed = site.awaitState(disturbed, JobState.JOB_STATE_TRAINED);
      Job whole = site.awaitState(undisturbed, JobState.JOB_STATE_TRAINED);

      assertThat(whole.getProgress().getStep()).isLessThan(300);
      assertThat(whole.getProgress().getStoppedBecause()).contains("12 evaluations");
      assertThat(whole.getProgress().getStep()).isEqualTo(whole.getProgress().getBestStep() + 24);
      assertThat(resumed.getAttempts()).isEqualTo(2);
      assertThat(resumed.getProgress().getStep()).isEqualTo(whole.getProgress().getStep());
      assertThat(resumed.getProgress().getBestStep()).isEqualTo(whole.getProgress().getBestStep());
      assertThat(resumed.getAdapter().getAdapterId()).isEqualTo(whole.getAdapter().getAdapterId());
    }
  }

  @Test
  void refusesToFollowAValidationLossThatNobodyCanMeasure() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setEvalSteps(2).setLoadBestModelAtEnd(true);
    String id = site.submit(spec, site.shards(TrainingSite.BASE_MODEL, Split.SPLIT_TRAIN, 8, 12));
    try (TrainerLoop _ = site.trainer("one")) {
      site.assertFailed(id, "NO_VALIDATION_SPLIT", "spec.training.eval_steps");
    }
  }
}
