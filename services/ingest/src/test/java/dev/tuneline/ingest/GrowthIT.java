package dev.tuneline.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.util.Durations;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.TopicRange;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetPrepared;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.ListJobsRequest;
import dev.tuneline.proto.v1.Retrain;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.SetDatasetGrowthRequest;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.TrainingSpec;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Datasets that grow by events, cut themselves and ask for jobs. */
class GrowthIT {
  private static final JobSpec TEMPLATE = JobSpec.newBuilder().setBaseModel("tiny").build();

  @TempDir static Path folder;

  private static IngestSite site;

  @BeforeAll
  static void start() throws Exception {
    site = new IngestSite(folder);
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @Test
  void versionsAreCutByCountAndTrainedByThePolicy() throws Exception {
    String id =
        create(
            Growth.newBuilder()
                .setCutRows(3)
                .setRetrain(Retrain.newBuilder().setEveryRows(5).setJob(TEMPLATE))
                .build());

    send(id, "a", "b", "c", "d");
    Dataset first = awaitCut(id, 1);
    assertThat(rows(first)).hasSize(3);
    prepared(id, 1, 3);

    send(id, "e", "f");
    Dataset second = awaitCut(id, 2);
    assertThat(rows(second)).containsExactly("a", "b", "c", "d", "e", "f");
    assertThat(jobs(id)).isEmpty();
    prepared(id, 2, 6);

    Job job =
        await()
            .atMost(IngestSite.PATIENCE)
            .until(() -> jobs(id), jobs -> !jobs.isEmpty())
            .getFirst();
    Job accepted =
        site.awaitJob(job.getJobId(), state -> state.getState() == JobState.JOB_STATE_ACCEPTED);
    assertThat(accepted.getSpec().getDatasetVersion()).isEqualTo(2);
    assertThat(accepted.getSpec().getBaseModel()).isEqualTo("tiny");

    try (RunningService other = site.launch("other")) {
      send(id, "g", "h", "i");
      awaitCut(id, 3);
      prepared(id, 3, 9);
      send(id, "j", "k", "l");
      awaitCut(id, 4);
      prepared(id, 4, 12);
      await().atMost(IngestSite.PATIENCE).until(() -> jobs(id).size() == 2);
      assertThat(other.grpcTarget()).isNotEmpty();
    }
    assertThat(jobs(id))
        .extracting(each -> each.getSpec().getDatasetVersion())
        .containsExactlyInAnyOrder(2, 4);
  }

  @Test
  void aRowThatComesAgainIsCountedOnce() {
    String id = create(Growth.newBuilder().setCutRows(2).build());

    send(id, "a", "a", "a", "b");

    assertThat(rows(awaitCut(id, 1))).containsExactly("a", "b");
  }

  @Test
  void aVersionIsCutWhenItsTimeHasCome() {
    String id = create(Growth.newBuilder().setCutInterval(Durations.fromSeconds(1)).build());
    send(id, "a");

    assertThat(rows(awaitCut(id, 1))).containsExactly("a");
    prepared(id, 1, 1);
    site.datasets.setDatasetGrowth(
        SetDatasetGrowthRequest.newBuilder()
            .setDatasetId(id)
            .setGrowth(Growth.newBuilder().setCutRows(2))
            .build());
    send(id, "b", "c");
    assertThat(rows(awaitCut(id, 2))).containsExactly("a", "b", "c");
  }

  @Test
  void rulesThatCannotBeFollowedAreRefusedAtOnce() {
    assertThat(refusal(Growth.newBuilder().setCutRows(-1)).details())
        .containsEntry(Problem.FIELD, "growth.cut_rows");
    JobSpec absurd =
        TEMPLATE.toBuilder().setTraining(TrainingSpec.newBuilder().setLearningRate(-1)).build();
    assertThat(
            refusal(Growth.newBuilder().setRetrain(Retrain.newBuilder().setJob(absurd))).details())
        .containsEntry(Problem.FIELD, "spec.training.learning_rate");
    JobSpec named = TEMPLATE.toBuilder().setDatasetId("other").build();
    assertThat(refusal(Growth.newBuilder().setRetrain(Retrain.newBuilder().setJob(named))).reason())
        .isEqualTo("UNUSED_FIELD");
  }

  private static Problem refusal(Growth.Builder growth) {
    return GrpcProblems.fromFailure(
        catchThrowableOfType(StatusRuntimeException.class, () -> create(growth.build())));
  }

  private static String create(Growth growth) {
    return site.datasets
        .createDataset(CreateDatasetRequest.newBuilder().setName("feed").setGrowth(growth).build())
        .getDataset()
        .getDatasetId();
  }

  private static void send(String datasetId, String... rowIds) {
    for (String rowId : rowIds) {
      site.publisher.publish(
          Topics.ROWS,
          RowReceived.newBuilder()
              .setDatasetId(datasetId)
              .setRowId(rowId)
              .putCells("question", rowId)
              .putCells("reply", rowId)
              .build());
    }
  }

  private static void prepared(String id, int version, long received) {
    site.publisher.publish(
        Topics.DATASETS,
        DatasetEvent.newBuilder()
            .setDatasetId(id)
            .setPrepared(
                DatasetPrepared.newBuilder()
                    .setVersion(
                        DatasetVersion.newBuilder()
                            .setVersion(version)
                            .setAccount(
                                RowAccount.newBuilder().setReceived(received).setKept(received))
                            .addSplits(
                                SplitExamples.newBuilder()
                                    .setSplit(Split.SPLIT_TRAIN)
                                    .setExamples(received))))
            .build());
  }

  private static Dataset awaitCut(String id, int version) {
    return await()
        .atMost(IngestSite.PATIENCE)
        .until(
            () ->
                site.datasets
                    .getDataset(GetDatasetRequest.newBuilder().setDatasetId(id).build())
                    .getDataset(),
            dataset -> dataset.getCutVersion() == version);
  }

  /** Ids of the rows that the newest version holds. */
  private static Set<String> rows(Dataset dataset) {
    Set<String> ids = new TreeSet<>();
    new TopicRange<>(
            Topics.ROWS, dataset.getFrom().getOffsetsMap(), dataset.getUntil().getOffsetsMap())
        .read(
            site.clients,
            event -> {
              if (event.body().getDatasetId().equals(dataset.getDatasetId())) {
                ids.add(event.body().getRowId());
              }
            });
    return ids;
  }

  private static List<Job> jobs(String datasetId) {
    return site.jobs.listJobs(ListJobsRequest.getDefaultInstance()).getJobsList().stream()
        .filter(job -> job.getSpec().getDatasetId().equals(datasetId))
        .toList();
  }
}
