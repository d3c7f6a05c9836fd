package dev.tuneline.allinone;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.proto.v1.ChatFinish;
import dev.tuneline.proto.v1.ChatMessage;
import dev.tuneline.proto.v1.ChatRequest;
import dev.tuneline.proto.v1.ChatResponse;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DeploymentServiceGrpc;
import dev.tuneline.proto.v1.GetDatasetRequest;
import dev.tuneline.proto.v1.GetDeploymentRequest;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.SamplingOptions;
import dev.tuneline.proto.v1.ServingState;
import dev.tuneline.proto.v1.UploadFileRequest;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows in, an answering deployment out, by nothing but the doors that others have too. */
class WholePathIT {
  private static final Duration PREPARED = Duration.ofSeconds(60);
  private static final Duration DONE = Duration.ofMinutes(4);
  private static final Set<JobState> FINAL =
      EnumSet.of(
          JobState.JOB_STATE_DEPLOYED,
          JobState.JOB_STATE_WITHHELD,
          JobState.JOB_STATE_FAILED,
          JobState.JOB_STATE_CANCELLED);

  @TempDir Path folder;

  @Test
  void aJobOfAnOutsideProducerEndsInADeploymentThatAnswers() throws Exception {
    Path root = Installation.root();
    try (AllInOne allInOne =
        AllInOne.start(
            AllInOneOptions.parse(
                "--data=" + folder,
                "--http-port=0",
                "--grpc-port=0",
                "--tuneline.models.root=" + root.resolve("models")))) {
      ManagedChannel channel = GrpcChannels.open(allInOne.grpcTarget());
      try {
        Dataset dataset = prepared(channel, rows(root.resolve("recipes/legal-qa/legal-qa.csv")));
        assertThat(dataset.getVersions(0).getAccount().getReceived())
            .isEqualTo(
                dataset.getVersions(0).getAccount().getKept()
                    + dataset.getVersions(0).getAccount().getRejected());

        publishJob(allInOne.bootstrapServers(), dataset.getDatasetId());
        Job job = finished(channel, "from-outside");

        assertThat(job.getProblem()).isEqualTo(dev.tuneline.proto.v1.Problem.getDefaultInstance());
        assertThat(job.getState())
            .as(job.getWithheldBecause())
            .isEqualTo(JobState.JOB_STATE_DEPLOYED);
        assertThat(job.getProgress().getStep()).isEqualTo(24);
        assertThat(job.getEvaluation().getCandidate().getLoss())
            .isLessThan(job.getEvaluation().getBase().getLoss());
        awaitReady(channel, job);
        assertThat(finish(channel, "whole-path").getAdapterId())
            .isEqualTo(job.getAdapter().getAdapterId());
        assertThat(finish(channel, "tiny-chat").getAdapterId()).isEmpty();
      } finally {
        channel.shutdownNow();
      }
    }
  }

  /** The heading and the first rows, bad ones among them. */
  private static ByteString rows(Path csv) throws Exception {
    try (Stream<String> lines = Files.lines(csv, UTF_8)) {
      return ByteString.copyFromUtf8(String.join("\n", lines.limit(161).toList()) + "\n");
    }
  }

  private static Dataset prepared(ManagedChannel channel, ByteString csv) throws Exception {
    CompletableFuture<UploadFileResponse> answer = new CompletableFuture<>();
    StreamObserver<UploadFileRequest> upload =
        DatasetServiceGrpc.newStub(channel)
            .uploadFile(
                new StreamObserver<>() {
                  @Override
                  public void onNext(UploadFileResponse response) {
                    answer.complete(response);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    answer.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    upload.onNext(
        UploadFileRequest.newBuilder()
            .setHeader(UploadHeader.newBuilder().setFileName("rows.csv").setCut(true))
            .build());
    upload.onNext(UploadFileRequest.newBuilder().setChunk(csv).build());
    upload.onCompleted();
    String id = answer.get(30, TimeUnit.SECONDS).getDataset().getDatasetId();
    GetDatasetRequest request = GetDatasetRequest.newBuilder().setDatasetId(id).build();
    return await()
        .atMost(PREPARED)
        .until(
            () -> DatasetServiceGrpc.newBlockingStub(channel).getDataset(request).getDataset(),
            dataset -> dataset.getState() == DatasetState.DATASET_STATE_PREPARED);
  }

  private static void publishJob(String bootstrapServers, String datasetId) throws Exception {
    String event =
        """
        {"jobId": "from-outside", "requested": {"spec": {
          "datasetId": "%s", "baseModel": "tiny-chat", "method": "METHOD_LORA",
          "lora": {"r": 8}, "training": {"learningRate": 0.005, "maxSteps": 24},
          "deployment": {"name": "whole-path"}}}}
        """
            .formatted(datasetId);
    ProducerRecord<String, String> message =
        new ProducerRecord<>("tuneline.jobs.v1", "from-outside", event);
    Map.of(
            "ce_specversion", "1.0",
            "ce_id", "outside-1",
            "ce_source", "/a/crm",
            "ce_type", "tuneline.v1.JobRequested",
            "content-type", "application/json")
        .forEach((name, value) -> message.headers().add(name, value.getBytes(UTF_8)));
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", bootstrapServers),
            new StringSerializer(),
            new StringSerializer())) {
      producer.send(message).get(30, TimeUnit.SECONDS);
    }
  }

  private static Job finished(ManagedChannel channel, String jobId) {
    GetJobRequest request = GetJobRequest.newBuilder().setJobId(jobId).build();
    return await()
        .atMost(DONE)
        .ignoreExceptions() // it is not found before the event was read
        .until(
            () -> JobServiceGrpc.newBlockingStub(channel).getJob(request).getJob(),
            job -> FINAL.contains(job.getState()));
  }

  private static void awaitReady(ManagedChannel channel, Job job) {
    GetDeploymentRequest request = GetDeploymentRequest.newBuilder().setName("whole-path").build();
    await()
        .atMost(PREPARED)
        .ignoreExceptions() // it is not found before the event was read
        .untilAsserted(
            () -> {
              var status =
                  DeploymentServiceGrpc.newBlockingStub(channel).getDeployment(request).getStatus();
              assertThat(status.getState()).isEqualTo(ServingState.SERVING_STATE_READY);
              assertThat(status.getDeployment().getTargetsList())
                  .extracting(target -> target.getAdapter().getAdapterId())
                  .isEqualTo(List.of(job.getAdapter().getAdapterId()));
            });
  }

  private static ChatFinish finish(ManagedChannel channel, String model) {
    Iterator<ChatResponse> parts =
        InferenceServiceGrpc.newBlockingStub(channel)
            .chat(
                ChatRequest.newBuilder()
                    .setModel(model)
                    .addMessages(ChatMessage.newBuilder().setRole("user").setContent("可以起诉吗"))
                    .setSampling(SamplingOptions.newBuilder().setTemperature(0).setMaxTokens(16))
                    .build());
    ChatFinish finish = ChatFinish.getDefaultInstance();
    while (parts.hasNext()) {
      ChatResponse part = parts.next();
      finish = part.hasFinish() ? part.getFinish() : finish;
    }
    assertThat(finish.getUsage().getPromptTokens()).isPositive();
    return finish;
  }
}
