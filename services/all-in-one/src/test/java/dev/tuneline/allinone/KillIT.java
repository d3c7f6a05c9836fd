package dev.tuneline.allinone;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.DeploymentSpec;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.LoraSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.TrainingSpec;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five services as processes over a real Kafka and Redis, the trainer twice, each of which is
 * killed with SIGKILL while a job runs; a trainer hangs besides. The job must end as one that
 * nobody disturbed: the same dataset digest, the same adapter.
 */
class KillIT {
  private static final Duration LONG = Duration.ofMinutes(4);
  private static final Duration TAKEN_OVER = Duration.ofSeconds(30);
  private static final Path MODELS = Path.of("..", "..", "models").toAbsolutePath().normalize();

  @TempDir Path folder;

  private KafkaClients clients;
  private TopicView<Job, JobEvent> jobs;
  private TopicView<Dataset, DatasetEvent> datasets;
  private ServiceProcess ingest;
  private ServiceProcess preprocess;
  private ServiceProcess firstTrainer;
  private ServiceProcess secondTrainer;
  private ServiceProcess evaluator;
  private ServiceProcess gateway;

  @BeforeEach
  void start() {
    String namespace = TestServers.unique("kill") + "-";
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    clients.ensureTopics((short) 1);
    jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    datasets = new TopicView<>(clients, Topics.DATASETS, new DatasetFold());
    gateway =
        process("inference-gateway", "dev.tuneline.gateway.GatewayMain", namespace, List.of());
    ingest =
        process(
            "ingest",
            "dev.tuneline.ingest.IngestMain",
            namespace,
            List.of("--tuneline.ingest.redis-uri=" + TestServers.redis().uri()));
    preprocess =
        process("preprocess", "dev.tuneline.preprocess.PreprocessMain", namespace, List.of());
    firstTrainer = trainer("first", namespace);
    secondTrainer = trainer("second", namespace);
    evaluator =
        process(
            "evaluator",
            "dev.tuneline.evaluator.EvaluatorMain",
            namespace,
            List.of(
                "--tuneline.evaluator.gateway-address=127.0.0.1:" + gateway.grpcPort(),
                "--tuneline.evaluator.max-examples=8"));
    services().forEach(ServiceProcess::start);
    services().forEach(ServiceProcess::awaitReady);
  }

  @AfterEach
  void end() {
    services().forEach(ServiceProcess::close);
    jobs.close();
    datasets.close();
    clients.close();
  }

  @Test
  void aJobWhoseServicesAreKilledEndsLikeOneThatNobodyDisturbed() throws Exception {
    Dataset calm = awaitPrepared(upload("calm.csv"));
    Job undisturbed = awaitEnd(createJob(calm.getDatasetId()));
    assertThat(undisturbed.getState())
        .as("undisturbed job: %s %s", undisturbed.getProblem(), undisturbed.getWithheldBecause())
        .isIn(JobState.JOB_STATE_DEPLOYED, JobState.JOB_STATE_WITHHELD);

    // Rows are being published or prepared: ingest and preprocess die.
    String datasetId = upload("disturbed.csv");
    preprocess.killAndStart();
    ingest.killAndStart();
    ingest.awaitReady();
    Dataset disturbed = awaitPrepared(datasetId);
    assertThat(version(disturbed).getDigest()).isEqualTo(version(calm).getDigest());
    assertThat(version(disturbed).getAccount()).isEqualTo(version(calm).getAccount());

    // The job is requested and nobody can prepare its shards: preprocess dies again.
    preprocess.kill();
    String jobId = createJob(datasetId);
    awaitJob(jobId, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    preprocess.start();

    // The trainer dies after its first checkpoint; the other goes on from there.
    awaitJob(jobId, job -> job.getCheckpointStep() >= 1);
    ServiceProcess dead = trainerOf(jobId);
    dead.kill();
    awaitTakenOver(jobId, 2);
    assertThat(trainerOf(jobId)).isNotSameAs(dead);
    dead.start();
    dead.awaitReady();

    // The other hangs and is taken for dead; when it wakes, its words come too late.
    long stored = jobs.get(jobId).orElseThrow().getCheckpointStep();
    awaitJob(jobId, job -> job.getCheckpointStep() > stored);
    ServiceProcess hanging = trainerOf(jobId);
    assertThat(hanging).isNotSameAs(dead);
    hanging.hang();
    awaitTakenOver(jobId, 3);
    assertThat(trainerOf(jobId)).isSameAs(dead);
    hanging.wake();

    // While base and candidate are compared, the evaluator and the gateway die.
    awaitJob(jobId, job -> job.hasAdapter());
    evaluator.killAndStart();
    gateway.killAndStart();

    Job killed = awaitEnd(jobId);
    assertThat(killed.getState())
        .as("killed job: %s %s", killed.getProblem(), killed.getWithheldBecause())
        .isEqualTo(undisturbed.getState());
    assertThat(killed.getAttempts()).isEqualTo(3);
    assertThat(killed.getClaim().getNumber()).isEqualTo(3);
    assertThat(killed.getAdapter().getAdapterId())
        .isEqualTo(undisturbed.getAdapter().getAdapterId());
    assertThat(killed.getEvaluation()).isEqualTo(undisturbed.getEvaluation());
  }

  private ServiceProcess process(
      String name, String mainClass, String namespace, List<String> options) {
    List<String> all =
        Stream.concat(
                Stream.of(
                    "--data",
                    folder.resolve("data").toString(),
                    "--tuneline.models.root=" + MODELS,
                    "--tuneline.kafka.bootstrap-servers=" + TestServers.kafka().bootstrapServers(),
                    "--tuneline.kafka.namespace=" + namespace),
                options.stream())
            .toList();
    return new ServiceProcess(name, mainClass, folder, all);
  }

  private ServiceProcess trainer(String name, String namespace) {
    return process(
        "trainer",
        "dev.tuneline.trainer.TrainerMain",
        namespace,
        List.of("--tuneline.trainer.name=" + name));
  }

  private ServiceProcess trainerOf(String jobId) {
    String holder = jobs.get(jobId).orElseThrow().getClaim().getHolder();
    return holder.startsWith("first-") ? firstTrainer : secondTrainer;
  }

  private void awaitTakenOver(String jobId, int attempt) {
    await()
        .atMost(TAKEN_OVER)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> jobs.get(jobId).orElseThrow().getAttempts() >= attempt);
  }

  private Stream<ServiceProcess> services() {
    return Stream.of(gateway, ingest, preprocess, firstTrainer, secondTrainer, evaluator);
  }

  private String upload(String fileName) throws Exception {
    StringBuilder csv = new StringBuilder("title,question,reply,is_best\n");
    for (int i = 0; i < 160; i++) {
      csv.append("第").append(i).append("个问题,怎么办 ").append(i * 7 % 160).append("?,");
      csv.append("您好，第").append(i).append("个问题建议您先收集证据，再协商解决。,1\n");
    }
    csv.append("没有答案,怎么办?,,1\n");
    ManagedChannel channel = channel(ingest);
    try {
      CompletableFuture<UploadFileResponse> answer = new CompletableFuture<>();
      StreamObserver<UploadFileRequest> parts =
          DatasetServiceGrpc.newStub(channel).uploadFile(new Answer<>(answer));
      parts.onNext(
          UploadFileRequest.newBuilder()
              .setHeader(UploadHeader.newBuilder().setFileName(fileName).setCut(true))
              .build());
      parts.onNext(
          UploadFileRequest.newBuilder()
              .setChunk(ByteString.copyFrom(csv.toString(), StandardCharsets.UTF_8))
              .build());
      parts.onCompleted();
      return answer.get(60, TimeUnit.SECONDS).getDataset().getDatasetId();
    } finally {
      channel.shutdownNow();
    }
  }

  private String createJob(String datasetId) {
    ManagedChannel channel = channel(ingest);
    try {
      return JobServiceGrpc.newBlockingStub(channel)
          .withDeadlineAfter(60, TimeUnit.SECONDS)
          .withWaitForReady()
          .createJob(
              CreateJobRequest.newBuilder()
                  .setSpec(
                      JobSpec.newBuilder()
                          .setDatasetId(datasetId)
                          .setBaseModel("tiny-chat")
                          .setMethod(Method.METHOD_LORA)
                          .setLora(LoraSpec.newBuilder().setR(4).setDropout(0.1))
                          .setTraining(
                              TrainingSpec.newBuilder()
                                  .setMaxSteps(60)
                                  .setMicroBatchSize(8)
                                  .setCheckpointSteps(2)
                                  .setSeed(7))
                          .setDeployment(DeploymentSpec.newBuilder().setName("killed")))
                  .build())
          .getJob()
          .getJobId();
    } finally {
      channel.shutdownNow();
    }
  }

  private Dataset awaitPrepared(String datasetId) {
    await()
        .atMost(LONG)
        .failFast(
            () -> assertThat(state(datasetId)).isNotEqualTo(DatasetState.DATASET_STATE_FAILED))
        .until(() -> state(datasetId) == DatasetState.DATASET_STATE_PREPARED);
    return datasets.get(datasetId).orElseThrow();
  }

  private DatasetState state(String datasetId) {
    return datasets
        .get(datasetId)
        .map(Dataset::getState)
        .orElse(DatasetState.DATASET_STATE_UNSPECIFIED);
  }

  private static DatasetVersion version(Dataset dataset) {
    return Objects.requireNonNull(dataset.getVersionsList().getLast());
  }

  private void awaitJob(String jobId, Predicate<Job> condition) {
    await()
        .atMost(LONG)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> jobs.get(jobId).map(condition::test).orElse(false));
  }

  private Job awaitEnd(String jobId) {
    awaitJob(jobId, job -> JobFold.isFinal(job.getState()));
    return jobs.get(jobId).orElseThrow();
  }

  private static ManagedChannel channel(ServiceProcess service) {
    return NettyChannelBuilder.forAddress("127.0.0.1", service.grpcPort()).usePlaintext().build();
  }

  /** Completes a future with the only answer of a call. */
  private record Answer<T>(CompletableFuture<T> future) implements StreamObserver<T> {
    @Override
    public void onNext(T value) {
      future.complete(value);
    }

    @Override
    public void onError(Throwable failure) {
      future.completeExceptionally(failure);
    }

    @Override
    public void onCompleted() {}
  }
}
