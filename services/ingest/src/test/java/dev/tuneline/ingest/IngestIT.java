package dev.tuneline.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.dataset.PublishRows;
import dev.tuneline.ingest.dataset.UploadReading;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicRange;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
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
import dev.tuneline.proto.v1.Schedule;
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
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over real Kafka and Redis, asked through its doors. */
class IngestIT {
  private static final Path CSV_FILES = Path.of("../../fixtures/csv");

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path folder;

  private static String namespace;
  private static RunningService service;
  private static ManagedChannel channel;
  private static KafkaClients clients;
  private static EventPublisher publisher;
  private static DatasetServiceGrpc.DatasetServiceBlockingStub datasets;
  private static JobServiceGrpc.JobServiceBlockingStub jobs;

  @BeforeAll
  static void start() throws Exception {
    namespace = TestServers.unique("ingest") + ".";
    Path models = folder.resolve("models");
    Files.createDirectories(models.resolve("tiny"));
    try (InputStream config = resource("/models/tiny/config.json")) {
      Files.copy(config, models.resolve("tiny/config.json"));
    }
    service = launch("data");
    channel = GrpcChannels.open(service.grpcTarget());
    datasets = DatasetServiceGrpc.newBlockingStub(channel);
    jobs = JobServiceGrpc.newBlockingStub(channel);
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
  }

  private static RunningService launch(String data) {
    return Service.named("ingest")
        .with("tuneline.http.port", -1)
        .with("tuneline.grpc.port", 0)
        .with("tuneline.data", folder.resolve(data).toString())
        .with("tuneline.artifacts.root", folder.resolve("artifacts").toString())
        .with("tuneline.models.root", folder.resolve("models").toString())
        .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
        .with("tuneline.kafka.namespace", namespace)
        .with("tuneline.ingest.redis-uri", TestServers.redis().uri())
        .start();
  }

  @AfterAll
  static void stop() {
    publisher.close();
    clients.close();
    channel.shutdownNow();
    service.close();
  }

  @Test
  void rowsOfAFileReachTheLogUnderTheirIds() throws Exception {
    UploadFileResponse response = upload("ragged.csv", true);

    assertThat(response.getResult().getRowsPublished()).isEqualTo(3);
    assertThat(response.getResult().getRowsRejected()).isEqualTo(3);
    assertThat(response.getResult().getFirstRejections(0).getSource().getLine()).isEqualTo(3);
    assertThat(response.getDataset().getState()).isEqualTo(DatasetState.DATASET_STATE_CUT);
    String id = response.getDataset().getDatasetId();
    await().atMost(PATIENCE).until(() -> dataset(id).getUploads(0).hasResult());
    Upload upload = dataset(id).getUploads(0);
    assertThat(upload.getResult()).isEqualTo(response.getResult());
    List<RowReceived> rows = new ArrayList<>();
    new TopicRange<>(
            Topics.ROWS, dataset(id).getFrom().getOffsetsMap(), upload.getUntil().getOffsetsMap())
        .read(
            clients,
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
    await().atMost(PATIENCE).until(() -> dataset(id).getUploads(0).hasResult());
    Dataset published = dataset(id);
    Dataset.Builder asAfterAKill = published.toBuilder();
    asAfterAKill.getUploadsBuilder(0).clearResult().clearUntil();
    ArtifactStore artifacts = service.bean(ArtifactStore.class);

    new PublishRows(artifacts, new UploadReading(artifacts, TableLimits.DEFAULT), publisher, 2)
        .perform(asAfterAKill.build(), new Cancellation());

    List<RowReceived> rows = new ArrayList<>();
    new TopicRange<>(
            Topics.ROWS, published.getFrom().getOffsetsMap(), clients.endOffsets(Topics.ROWS))
        .read(
            clients,
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
    try (RunningService other = launch("other")) {
      ManagedChannel toOther = GrpcChannels.open(other.grpcTarget());
      try {
        var asked = JobServiceGrpc.newBlockingStub(toOther);
        for (int i = 0; i < 5; i++) {
          Job here = create(spec(datasetId), "");
          Job there =
              asked
                  .createJob(CreateJobRequest.newBuilder().setSpec(spec(datasetId)).build())
                  .getJob();
          assertThat(job(there.getJobId()).getJobId()).isEqualTo(there.getJobId());
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
        catchThrowableOfType(StatusRuntimeException.class, () -> create(bad, ""));
    publisher.publish(Topics.JOBS, requested("from-outside-bad", bad));
    publisher.publish(Topics.JOBS, requested("from-outside-good", good));
    Job created = create(good, "");

    Problem said = GrpcProblems.fromFailure(refused);
    assertThat(said.details()).containsEntry(Problem.FIELD, "spec.training.learning_rate");
    Job failed = awaitJob("from-outside-bad", JobState.JOB_STATE_FAILED);
    assertThat(failed.getProblem().getReason()).isEqualTo(said.reason());
    assertThat(failed.getProblem().getDetailsMap()).isEqualTo(said.details());
    Job accepted = awaitJob("from-outside-good", JobState.JOB_STATE_ACCEPTED);
    assertThat(accepted.getSpec())
        .isEqualTo(awaitJob(created.getJobId(), JobState.JOB_STATE_ACCEPTED).getSpec());
    assertThat(accepted.getSpec().getMethod()).isEqualTo(Method.METHOD_LORA);
    assertThat(accepted.getSpec().getDatasetVersion()).isEqualTo(1);
    assertThat(accepted.getSpec().getLora().getAlpha()).isEqualTo(16);
    assertThat(accepted.getSpec().getTraining().getCutoffTokens()).isEqualTo(128);
    assertThat(accepted.getSpec().getTraining().getSeed()).isEqualTo(42);
  }

  @Test
  void aFlushedRedisLosesNothing() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    Job job = create(spec(datasetId), "");
    Job accepted = awaitJob(job.getJobId(), JobState.JOB_STATE_ACCEPTED);
    await().atMost(PATIENCE).until(() -> dataset(datasetId).getUploads(0).hasResult());
    Dataset dataset = dataset(datasetId);
    Set<String> known = jobIds();

    RedisClient redis = RedisClient.create(TestServers.redis().uri());
    try (var connection = redis.connect()) {
      for (int i = 0; i < 3; i++) {
        connection.sync().flushall();
        assertThat(job(job.getJobId())).isEqualTo(accepted);
        assertThat(dataset(datasetId)).isEqualTo(dataset);
        assertThat(jobIds()).containsAll(known);
      }
    } finally {
      redis.shutdown();
    }
    assertThat(job(create(spec(datasetId), "").getJobId()).getSpec().getDatasetId())
        .isEqualTo(datasetId);
  }

  @Test
  void aWatcherSeesAJobToItsEndWithItsMeasurements() throws Exception {
    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    String id = create(spec(datasetId), "").getJobId();
    var watched = jobs.watchJob(WatchJobRequest.newBuilder().setJobId(id).build());
    CompletableFuture<List<Job>> seen =
        CompletableFuture.supplyAsync(
            () -> {
              List<Job> states = new ArrayList<>();
              watched.forEachRemaining(response -> states.add(response.getJob()));
              return states;
            });
    awaitJob(id, JobState.JOB_STATE_ACCEPTED);
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(id)
            .setSharded(dev.tuneline.proto.v1.JobSharded.getDefaultInstance())
            .build());
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(id)
            .setStarted(dev.tuneline.proto.v1.JobStarted.newBuilder().setTotalSteps(9))
            .build());
    publisher.publish(
        Topics.METRICS,
        TrainingMeasured.newBuilder()
            .setJobId(id)
            .setProgress(TrainingProgress.newBuilder().setStep(4).setTotalSteps(9).setLoss(1.5))
            .build());
    await().atMost(PATIENCE).until(() -> job(id).getProgress().getLoss() == 1.5);
    jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id).setBecause("test").build());

    List<Job> states = seen.get(30, TimeUnit.SECONDS);
    assertThat(states.getLast().getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
    assertThat(states).anyMatch(state -> state.getProgress().getStep() == 4);
    StatusRuntimeException missing =
        catchThrowableOfType(StatusRuntimeException.class, () -> job("no-such-job"));
    assertThat(missing.getStatus().getCode()).isEqualTo(Status.Code.NOT_FOUND);
  }

  @Test
  void oneKeyMakesOneThing() throws Exception {
    var request =
        CreateDatasetRequest.newBuilder().setName("feed").setIdempotencyKey("k-1").build();
    Dataset first = datasets.createDataset(request).getDataset();
    assertThat(datasets.createDataset(request).getDataset()).isEqualTo(first);
    StatusRuntimeException other =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> datasets.createDataset(request.toBuilder().setName("other").build()));
    assertThat(GrpcProblems.fromFailure(other).reason()).isEqualTo("IDEMPOTENCY_KEY_CONFLICT");

    String datasetId = upload("plain.csv", true).getDataset().getDatasetId();
    assertThat(create(spec(datasetId), "k-2").getJobId())
        .isEqualTo(create(spec(datasetId), "k-2").getJobId());
  }

  @Test
  void listsComeInPages() {
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < 5; i++) {
      var request = CreateDatasetRequest.newBuilder().setName("page-" + i).build();
      names.put(datasets.createDataset(request).getDataset().getDatasetId(), "page-" + i);
    }
    Set<String> seen = new HashSet<>();
    String token = "";
    do {
      var page =
          datasets.listDatasets(
              ListDatasetsRequest.newBuilder().setPageSize(2).setPageToken(token).build());
      assertThat(page.getDatasetsCount()).isLessThanOrEqualTo(2);
      page.getDatasetsList().forEach(found -> assertThat(seen.add(found.getDatasetId())).isTrue());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    assertThat(seen).containsAll(names.keySet());
  }

  @Test
  void openAiClientsCanTune() throws Exception {
    JsonNode file = json(postFile("plain.csv", "fine-tune"), 200);
    assertThat(file.path("object").asText()).isEqualTo("file");
    assertThat(file.path("filename").asText()).isEqualTo("plain.csv");
    assertThat(file.path("status").asText()).isEqualTo("uploaded");
    assertThat(json(get("/v1/files/" + file.path("id").asText()), 200).path("bytes").asLong())
        .isEqualTo(866);

    String body =
        """
        {"training_file": "%s", "model": "tiny", "suffix": "qa", "seed": 7,
         "method": {"type": "supervised", "supervised": {"hyperparameters":
           {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": 0.5,
            "lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"power": 2},
            "optim": "adafactor", "warmup_steps": 0, "eval_steps": "auto"}}}}
        """
            .formatted(file.path("id").asText());
    JsonNode job = json(post("/v1/fine_tuning/jobs", body), 200);
    String id = job.path("id").asText();
    assertThat(job.path("object").asText()).isEqualTo("fine_tuning.job");
    assertThat(job.path("fine_tuned_model").isNull()).isTrue();
    Job accepted = awaitJob(id, JobState.JOB_STATE_ACCEPTED);
    assertThat(accepted.getSpec().getTraining().getLearningRate()).isEqualTo(5e-4);
    assertThat(accepted.getSpec().getTraining().getEpochs()).isEqualTo(2);
    assertThat(accepted.getSpec().getTraining().getSeed()).isEqualTo(7);
    assertThat(accepted.getSpec().getTraining().getSchedule())
        .isEqualTo(Schedule.SCHEDULE_POLYNOMIAL);
    assertThat(accepted.getSpec().getTraining().getOptim()).isEqualTo("adafactor");
    assertThat(accepted.getSpec().getTraining().hasWarmupSteps()).isTrue();
    JsonNode listed = json(get("/v1/fine_tuning/jobs?limit=1"), 200);
    assertThat(listed.path("data")).hasSize(1);
    assertThat(json(get("/v1/files?limit=2"), 200).path("data")).isNotEmpty();
    JsonNode cancelled = json(post("/v1/fine_tuning/jobs/" + id + "/cancel", ""), 200);
    assertThat(cancelled.path("status").asText()).isEqualTo("cancelled");
    assertThat(json(get("/v1/fine_tuning/jobs/" + id), 200).path("status").asText())
        .isEqualTo("cancelled");
  }

  @Test
  void httpErrorsAreOpenAis() throws Exception {
    JsonNode error = json(postFile("missing_column.csv", "fine-tune"), 400).path("error");
    assertThat(error.path("code").asText()).isEqualTo("missing_column");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("details").path("column").asText()).isEqualTo("reply");

    assertThat(json(postFile("plain.csv", "assistants"), 400).path("error").path("param").asText())
        .isEqualTo("purpose");
    assertThat(json(get("/v1/files/none"), 404).path("error").path("code").asText())
        .isEqualTo("dataset_not_found");
    assertThat(json(get("/v1/fine_tuning/jobs/none"), 404).path("error").path("code").asText())
        .isEqualTo("job_not_found");
    assertThat(
            json(post("/v1/fine_tuning/jobs", "{\"model\": \"tiny\"}"), 400)
                .path("error")
                .path("param")
                .asText())
        .isEqualTo("training_file");
    json(post("/v1/fine_tuning/jobs", "{not json"), 400);
  }

  private static HttpRequest get(String path) {
    return HttpRequest.newBuilder(service.httpUri().resolve(path)).build();
  }

  private static HttpRequest post(String path, String body) {
    return HttpRequest.newBuilder(service.httpUri().resolve(path))
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpRequest postFile(String name, String purpose) throws Exception {
    ByteString.Output body = ByteString.newOutput();
    body.write(
        """
        --edge\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        %s\r
        --edge\r
        Content-Disposition: form-data; name="file"; filename="%s"\r
        Content-Type: text/csv\r
        \r
        """
            .formatted(purpose, name)
            .getBytes(UTF_8));
    try (InputStream in = Files.newInputStream(CSV_FILES.resolve(name))) {
      in.transferTo(body);
    }
    body.write("\r\n--edge--\r\n".getBytes(UTF_8));
    return HttpRequest.newBuilder(service.httpUri().resolve("/v1/files"))
        .header("content-type", "multipart/form-data; boundary=edge")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteString().toByteArray()))
        .build();
  }

  private static JsonNode json(HttpRequest request, int status) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      return new ObjectMapper().readTree(response.body());
    }
  }

  private static UploadFileResponse upload(String name, boolean cut) throws Exception {
    CompletableFuture<UploadFileResponse> answered = new CompletableFuture<>();
    StreamObserver<UploadFileRequest> request =
        DatasetServiceGrpc.newStub(channel)
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
    try (InputStream in = Files.newInputStream(CSV_FILES.resolve(name))) {
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

  private static Job create(JobSpec spec, String key) {
    return jobs.createJob(
            CreateJobRequest.newBuilder().setSpec(spec).setIdempotencyKey(key).build())
        .getJob();
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

  private static Job awaitJob(String id, JobState state) {
    return await().atMost(PATIENCE).until(() -> job(id), job -> job.getState() == state);
  }

  private static Job job(String id) {
    return jobs.getJob(GetJobRequest.newBuilder().setJobId(id).build()).getJob();
  }

  private static Dataset dataset(String id) {
    return datasets
        .getDataset(GetDatasetRequest.newBuilder().setDatasetId(id).build())
        .getDataset();
  }

  private static int datasetCount() {
    return datasets
        .listDatasets(ListDatasetsRequest.newBuilder().setPageSize(1000).build())
        .getDatasetsCount();
  }

  private static Set<String> jobIds() {
    Set<String> ids = new HashSet<>();
    jobs.listJobs(ListJobsRequest.getDefaultInstance())
        .getJobsList()
        .forEach(job -> ids.add(job.getJobId()));
    return ids;
  }

  private static InputStream resource(String name) {
    return Objects.requireNonNull(IngestIT.class.getResourceAsStream(name));
  }
}
