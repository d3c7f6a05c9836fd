package dev.tuneline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.DeploymentTarget;
import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.ModelScores;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.ServingState;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class DemoCheckTest {
  private static final ArtifactRef BYTES = ArtifactRef.newBuilder().setSha256("aa").build();
  private static final Adapter ADAPTER =
      Adapter.newBuilder().setAdapterId("ad1").setFolder(BYTES).build();

  @Test
  void nothingIsMissedInADemoThatHappened() {
    DemoCheck check = new DemoCheck();
    check.dataset(dataset().build());
    check.job(job().build());
    check.deployment(ready("ad1"), ADAPTER);
    check.answers(chat("noise", ""), chat("an answer", "ad1"), ADAPTER);

    assertThat(check.misses()).isEmpty();
  }

  @Test
  void rowsMustAddUp() {
    assertThat(missesOfDataset(d -> account(d).setReceived(101))).hasSize(1);
    assertThat(missesOfDataset(d -> account(d).putRejectedByReason("DUPLICATE", 1))).hasSize(1);
    assertThat(
            missesOfDataset(d -> d.getUploadsBuilder(0).getResultBuilder().setRowsPublished(200)))
        .hasSize(1);
    assertThat(missesOfDataset(d -> d.getVersionsBuilder(0).getSplitsBuilder(0).setExamples(69)))
        .hasSize(1);
    assertThat(missesOfDataset(d -> d.getVersionsBuilder(0).removeSplits(2))).hasSize(2);
    assertThat(missesOfDataset(d -> d.setState(DatasetState.DATASET_STATE_CUT))).hasSize(1);
  }

  @Test
  void everyStageOfTheJobMustHaveHappened() {
    assertThat(missesOfJob(j -> j.setState(JobState.JOB_STATE_WITHHELD))).hasSize(1);
    assertThat(missesOfJob(Job.Builder::clearShards)).hasSize(1);
    assertThat(missesOfJob(j -> j.getProgressBuilder().setStep(59))).hasSize(1);
    assertThat(missesOfJob(Job.Builder::clearAdapter)).hasSize(1);
    assertThat(missesOfJob(j -> candidate(j).setRougeL(0.39))).hasSize(1);
    assertThat(missesOfJob(j -> candidate(j).setLoss(3.0))).hasSize(1);
    assertThat(missesOfJob(j -> j.getEvaluationBuilder().setGatePassed(false))).hasSize(1);
  }

  @Test
  void aBaseThatSaysNothingRightDoesNotMakeTwiceNothingEnough() {
    assertThat(
            missesOfJob(
                j -> {
                  j.getEvaluationBuilder().getBaseBuilder().setRougeL(0);
                  candidate(j).setRougeL(0);
                }))
        .hasSize(1);
  }

  @Test
  void theAnswerMustComeFromTheAdapter() {
    DemoCheck check = new DemoCheck();
    check.deployment(ready("ad0"), ADAPTER);
    check.answers(chat("same", ""), chat("same", "ad0"), ADAPTER);

    assertThat(check.misses()).hasSize(3);
  }

  private static List<String> missesOfDataset(Consumer<Dataset.Builder> change) {
    Dataset.Builder dataset = dataset();
    change.accept(dataset);
    DemoCheck check = new DemoCheck();
    check.dataset(dataset.build());
    return check.misses();
  }

  private static List<String> missesOfJob(Consumer<Job.Builder> change) {
    Job.Builder job = job();
    change.accept(job);
    DemoCheck check = new DemoCheck();
    check.job(job.build());
    return check.misses();
  }

  private static RowAccount.Builder account(Dataset.Builder dataset) {
    return dataset.getVersionsBuilder(0).getAccountBuilder();
  }

  private static ModelScores.Builder candidate(Job.Builder job) {
    return job.getEvaluationBuilder().getCandidateBuilder();
  }

  private static Dataset.Builder dataset() {
    return Dataset.newBuilder()
        .setState(DatasetState.DATASET_STATE_PREPARED)
        .addUploads(
            Upload.newBuilder()
                .setResult(UploadResult.newBuilder().setRowsPublished(97).setRowsRejected(3)))
        .addVersions(
            DatasetVersion.newBuilder()
                .setVersion(1)
                .setAccount(
                    RowAccount.newBuilder()
                        .setReceived(100)
                        .setKept(90)
                        .setRejected(10)
                        .putRejectedByReason("WRONG_CELL_COUNT", 3)
                        .putRejectedByReason("NOT_BEST", 7))
                .addSplits(split(Split.SPLIT_TRAIN, 70))
                .addSplits(split(Split.SPLIT_VALIDATION, 10))
                .addSplits(split(Split.SPLIT_TEST, 10)));
  }

  private static SplitExamples split(Split split, long examples) {
    return SplitExamples.newBuilder().setSplit(split).setExamples(examples).setFile(BYTES).build();
  }

  private static Job.Builder job() {
    return Job.newBuilder()
        .setState(JobState.JOB_STATE_DEPLOYED)
        .addShards(
            SplitShards.newBuilder()
                .setSplit(Split.SPLIT_TRAIN)
                .setTrainedTokens(1000)
                .setFile(BYTES))
        .setProgress(TrainingProgress.newBuilder().setStep(60).setTotalSteps(60))
        .setAdapter(ADAPTER)
        .setEvaluation(
            Evaluation.newBuilder()
                .setGatePassed(true)
                .setBase(ModelScores.newBuilder().setLoss(3).setRougeL(0.2).setExamples(10))
                .setCandidate(ModelScores.newBuilder().setLoss(1).setRougeL(0.4).setExamples(10)));
  }

  private static DeploymentStatus ready(String adapterId) {
    return DeploymentStatus.newBuilder()
        .setState(ServingState.SERVING_STATE_READY)
        .setDeployment(
            Deployment.newBuilder()
                .addTargets(
                    DeploymentTarget.newBuilder()
                        .setWeightPercent(100)
                        .setAdapter(Adapter.newBuilder().setAdapterId(adapterId))))
        .build();
  }

  private static Chat chat(String text, String adapterId) {
    return new Chat(text, ChatFinish.newBuilder().setAdapterId(adapterId).build());
  }
}
