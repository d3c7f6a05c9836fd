package dev.tuneline.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.dataset.PublishRows;
import dev.tuneline.ingest.dataset.UploadReading;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.TopicRange;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.CancelJobRequest;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.ListDatasetsRequest;
import dev.tuneline.proto.v1.ListJobsRequest;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.proto.v1.TrainingSpec;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import dev.tuneline.proto.v1.WatchJobRequest;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.lettuce.core.RedisClient;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over real Kafka and Redis, asked through its doors. */
class IngestIT {
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
  void rowsOfAFileReachTheLogUnderTheirIds() throws Exception {
    UploadFileResponse response = upload("ragged.csv", true);

    assertThat(response.getResult().getRowsPublished()).isEqualTo(3);
    assertThat(response.getResult().getRowsRejected()).isEqualTo(3);
    assertThat(response.getResult().getFirstRejections(0).getSource().getLine()).isEqualTo(3);
    assertThat(response.getDataset().getState()).isEqualTo(DatasetState.DATASET_STATE_CUT);
    String id = response.getDataset().getDatasetId();
    await().atMost(IngestSite.PATIENCE).until(() -> dataset(id).getUploads(0).hasResult());
    Upload upload = dataset(id).getUploads(0);
    assertThat(upload.getResult()).isEqualTo(response.getResult());
    List<RowReceived> rows = new ArrayList<>();
    new TopicRange<>(
            Topics.ROWS, dataset(id).getFrom().getOffsetsMap(), upload.getUntil().getOffsetsMap())
        .read(
            site.clients,
            event -> {
              if (event.body().getDatasetId().equals(id)) {
                rows.add(event.body());
              }
            });
    assertThat(rows)
        .extracting(RowReceived::getRowId)
        .containsExactlyInAnyOrder(
            upload.getUploadId() + ":0", upload.getUploadId() + ":1", upload.getUploadId() + ":2");
    assertThat(rows)
        .extracting(row -> row.getSource().getLine())
        .containsExactlyInAnyOrder(2L, 5L, 7L);
  }

  @Test
  void rowsThatArePublishedAgainKeepTheirIds() throws Exception {
    String id = upload("plain.csv", false).getDataset().getDatasetId();
    await().atMost(IngestSite.PATIENCE).until(() -> dataset(id).getUploads(0).hasResult());
    Dataset published = dataset(id);
    Dataset.Builder asAfterAKill = published.toBuilder();
    asAfterAKill.getUploadsBuilder(0).clearResult().clearUntil();
    ArtifactStore artifacts = site.service.bean(ArtifactStore.class);

    new PublishRows(new UploadReading(artifacts, TableLimits.DEFAULT), site.publisher, 2)
        .perform(asAfterAKill.build(), new Cancellation());

    List<RowReceived> rows = new ArrayList<>();
    new TopicRange<>(
            Topics.ROWS, published.getFrom().getOffsetsMap(), site.clients.endOffsets(Topics.ROWS))
        .read(
            site.clients,
            event -> {
              if (event.body().getDatasetId().equals(id)) {
                rows.add(event.body());
              }
            });
    assertThat(rows).hasSize(12);
    assertThat(Set.copyOf(rows)).hasSize(6);
    assertThat(dataset(id).getUploadsList()).isEqualTo(published.getUploadsList());
  }

  @Test
  void anotherProcessAnswersTheSame() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    try (RunningService other = site.launch("other")) {
      ManagedChannel toOther = GrpcChannels.open(other.grpcTarget());
      try {
        var asked = JobServiceGrpc.newBlockingStub(toOther);
        for (int i = 0; i < 5; i++) {
          Job here = site.create(spec(datasetId), "");
          Job there =
              asked
                  .createJob(CreateJobRequest.newBuilder().setSpec(spec(datasetId)).build())
                  .getJob();
          assertThat(site.job(there.getJobId()).getJobId()).isEqualTo(there.getJobId());
          assertThat(
                  asked
                      .getJob(GetJobRequest.newBuilder().setJobId(here.getJobId()).build())
                      .getJob()
                      .getJobId())
              .isEqualTo(here.getJobId());
        }
      } finally {
        toOther.shutdownNow();
      }
    }
  }

  @Test
  void aFileThatCannotBeUsedCreatesNothing() {
    int before = datasetCount();

    StatusRuntimeException refused =
        catchThrowableOfType(
            StatusRuntimeException.class, () -> upload("missing_column.csv", true));

    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    Problem problem = GrpcProblems.fromFailure(refused);
    assertThat(problem.reason()).isEqualTo("MISSING_COLUMN");
    assertThat(problem.details())
        .containsEntry(Problem.FILE, "missing_column.csv")
        .containsEntry(Problem.LINE, "1")
        .containsEntry(Problem.COLUMN, "reply")
        .containsKey(Problem.MEND);
    assertThat(datasetCount()).isEqualTo(before);
  }

  @Test
  void everyDoorChecksAJobTheSame() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    JobSpec good = spec(datasetId);
    JobSpec bad =
        good.toBuilder().setTraining(TrainingSpec.newBuilder().setLearningRate(-1)).build();

    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> site.create(bad, ""));
    site.publisher.publish(Topics.JOBS, requested("from-outside-bad", bad));
    site.publisher.publish(Topics.JOBS, requested("from-outside-good", good));
    Job created = site.create(good, "");

    Problem said = GrpcProblems.fromFailure(refused);
    assertThat(said.details()).containsEntry(Problem.FIELD, "spec.training.learning_rate");
    Job failed =
        site.awaitJob("from-outside-bad", job -> job.getState() == JobState.JOB_STATE_FAILED);
    assertThat(failed.getProblem().getReason()).isEqualTo(said.reason());
    assertThat(failed.getProblem().getDetailsMap()).isEqualTo(said.details());
    Job accepted =
        site.awaitJob("from-outside-good", job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    assertThat(accepted.getSpec())
        .isEqualTo(
            site.awaitJob(created.getJobId(), job -> job.getState() == JobState.JOB_STATE_ACCEPTED)
                .getSpec());
    assertThat(accepted.getSpec().getMethod()).isEqualTo(Method.METHOD_LORA);
    assertThat(accepted.getSpec().getDatasetVersion()).isEqualTo(1);
    assertThat(accepted.getSpec().getLora().getAlpha()).isEqualTo(16);
    assertThat(accepted.getSpec().getTraining().getCutoffTokens()).isEqualTo(128);
    assertThat(accepted.getSpec().getTraining().getSeed()).isEqualTo(42);
  }

  @Test
  void aFlushedRedisLosesNothing() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    Job job = site.create(spec(datasetId), "");
    Job accepted =
        site.awaitJob(job.getJobId(), state -> state.getState() == JobState.JOB_STATE_ACCEPTED);
    await().atMost(IngestSite.PATIENCE).until(() -> dataset(datasetId).getUploads(0).hasResult());
    Dataset dataset = dataset(datasetId);
    Set<String> known = jobIds();

    RedisClient redis = RedisClient.create(TestServers.redis().uri());
    try (var connection = redis.connect()) {
      for (int i = 0; i < 3; i++) {
        connection.sync().flushall();
        assertThat(site.job(job.getJobId())).isEqualTo(accepted);
        assertThat(dataset(datasetId)).isEqualTo(dataset);
        assertThat(jobIds()).containsAll(known);
      }
    } finally {
      redis.shutdown();
    }
    assertThat(site.job(site.create(spec(datasetId), "").getJobId()).getSpec().getDatasetId())
        .isEqualTo(datasetId);
  }

  @Test
  void aWatcherSeesAJobToItsEndWithItsMeasurements() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    String id = site.create(spec(datasetId), "").getJobId();
    var watched = site.jobs.watchJob(WatchJobRequest.newBuilder().setJobId(id).build());
    CompletableFuture<List<Job>> seen =
        CompletableFuture.supplyAsync(
            () -> {
              List<Job> states = new ArrayList<>();
              watched.forEachRemaining(response -> states.add(response.getJob()));
              return states;
            });
    site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    site.publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(id)
            .setSharded(dev.tuneline.proto.v1.JobSharded.getDefaultInstance())
            .build());
    site.publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(id)
            .setStarted(dev.tuneline.proto.v1.JobStarted.newBuilder().setTotalSteps(9))
            .build());
    site.publisher.publish(
        Topics.METRICS,
        TrainingMeasured.newBuilder()
            .setJobId(id)
            .setProgress(TrainingProgress.newBuilder().setStep(4).setTotalSteps(9).setLoss(1.5))
            .build());
    await().atMost(IngestSite.PATIENCE).until(() -> site.job(id).getProgress().getLoss() == 1.5);
    site.jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id).setBecause("test").build());

    List<Job> states = seen.get(30, TimeUnit.SECONDS);
    assertThat(states.getLast().getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
    assertThat(states).anyMatch(state -> state.getProgress().getStep() == 4);
    StatusRuntimeException missing =
        catchThrowableOfType(StatusRuntimeException.class, () -> site.job("no-such-job"));
    assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void oneKeyMakesOneThing() throws Exception {
    var request =
        CreateDatasetRequest.newBuilder().setName("feed").setIdempotencyKey("k-1").build();
    Dataset first = site.datasets.createDataset(request).getDataset();
    assertThat(site.datasets.createDataset(request).getDataset()).isEqualTo(first);
    StatusRuntimeException other =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> site.datasets.createDataset(request.toBuilder().setName("other").build()));
    assertThat(GrpcProblems.fromFailure(other).reason()).isEqualTo("IDEMPOTENCY_KEY_CONFLICT");

    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    assertThat(site.create(spec(datasetId), "k-2").getJobId())
        .isEqualTo(site.create(spec(datasetId), "k-2").getJobId());
  }

  @Test
  void listsComeInPages() {
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < 5; i++) {
      var request = CreateDatasetRequest.newBuilder().setName("page-" + i).build();
      names.put(site.datasets.createDataset(request).getDataset().getDatasetId(), "page-" + i);
    }
    Set<String> seen = new HashSet<>();
    String token = "";
    do {
      var page =
          site.datasets.listDatasets(
              ListDatasetsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      assertThat(page.getDatasetsCount()).isLessThanOrEqualTo(2);
      page.getDatasetsList().forEach(found -> assertThat(seen.add(found.getDatasetId())).isTrue());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(seen).containsAll(names.keySet());
  }

  private static UploadFileResponse upload(String name, boolean cut) throws Exception {
    CompletableFuture<UploadFileResponse> answered = new CompletableFuture<>();
    StreamObserver<UploadFileRequest> request =
        DatasetServiceGrpc.newStub(site.channel)
            .uploadFile(
                new StreamObserver<>() {
                  @Override
                  public void onNext(UploadFileResponse response) {
                    answered.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answered.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    request.onNext(
        UploadFileRequest.newBuilder()
            .setHeader(UploadHeader.newBuilder().setFileName(name).setCut(cut))
            .build());
    try (InputStream in = Files.newInputStream(IngestSite.CSV_FILES.resolve(name))) {
      byte[] chunk = new byte[100];
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        request.onNext(
            UploadFileRequest.newBuilder().setChunk(ByteString.copyFrom(chunk, 0, n)).build());
      }
    }
    request.onCompleted();
    try {
      return answered.get(30, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private static JobSpec spec(String datasetId) {
    return JobSpec.newBuilder().setDatasetId(datasetId).setBaseModel("tiny").build();
  }

  private static JobEvent requested(String id, JobSpec spec) {
    return JobEvent.newBuilder()
        .setJobId(id)
        .setRequested(JobRequested.newBuilder().setSpec(spec))
        .build();
  }

  private static Dataset dataset(String id) {
    return site.datasets
        .getDataset(GetDatasetRequest.newBuilder().setDatasetId(id).build())
        .getDataset();
  }

  private static int datasetCount() {
    return site.datasets
        .listDatasets(ListDatasetsRequest.newBuilder().setPageSize(1000).build())
        .getDatasetsCount();
  }

  private static Set<String> jobIds() {
    Set<String> ids = new HashSet<>();
    site.jobs
        .listJobs(ListJobsRequest.getDefaultInstance())
        .getJobsList()
        .forEach(job -> ids.add(job.getJobId()));
    return ids;
  }
}
