package dev.tuneline.preprocess;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.shard.Shard;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.DeadLetters;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.ExamplePreview;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.PreviewExamplesRequest;
import dev.tuneline.proto.v1.PreviewExamplesResponse;
import dev.tuneline.proto.v1.PreviewRowRequest;
import dev.tuneline.proto.v1.PreviewRowResponse;
import dev.tuneline.proto.v1.PreviewServiceGrpc;
import dev.tuneline.proto.v1.PreviewToken;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingSpec;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole service over a real Kafka, driven by events. */
class PreprocessIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int ROWS = 60;

  @TempDir static Path folder;

  private static RunningService service;
  private static KafkaClients clients;
  private static EventPublisher publisher;
  private static TopicView<Dataset, DatasetEvent> datasets;
  private static TopicView<Job, JobEvent> jobs;
  private static ArtifactStore artifacts;
  private static Path model;

  @BeforeAll
  static void start() throws IOException {
    String namespace = TestServers.unique("preprocess") + ".";
    model = Files.createDirectories(folder.resolve("models/qwen2-tied"));
    for (String file :
        List.of(
            "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")) {
      try (InputStream in =
          Objects.requireNonNull(
              PreprocessIT.class.getResourceAsStream("/models/qwen2-tied/" + file))) {
        Files.copy(in, model.resolve(file));
      }
    }
    service =
        Service.named("preprocess")
            .with("tuneline.http.port", -1)
            .with("tuneline.grpc.port", 0)
            .with("tuneline.data", folder.resolve("data").toString())
            .with("tuneline.models.root", folder.resolve("models").toString())
            .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
            .with("tuneline.kafka.namespace", namespace)
            .start();
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    datasets = new TopicView<>(clients, Topics.DATASETS, new DatasetFold());
    jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    artifacts = service.bean(ArtifactStore.class);
  }

  @AfterAll
  static void stop() {
    datasets.close();
    jobs.close();
    publisher.close();
    clients.close();
    service.close();
  }

  @Test
  void rowEventsBecomeSplitsAndShards() throws IOException {
    open("d1");
    for (int i = 0; i < ROWS; i++) {
      publisher.publish(Topics.ROWS, row("d1", i));
    }
    publisher.publish(Topics.ROWS, row("d1", 7)); // redelivered
    jsonRow(
        "d1", "from-json", "{\"datasetId\":\"d1\",\"cells\":{\"question\":\"外来\",\"reply\":\"\"}}");
    cut("d1");
    Dataset dataset = awaitDataset("d1", DatasetState.DATASET_STATE_PREPARED);

    DatasetVersion version = dataset.getVersions(0);
    assertThat(version.getAccount().getReceived()).isEqualTo(ROWS + 1);
    assertThat(version.getAccount().getKept()).isEqualTo(ROWS);
    assertThat(version.getAccount().getRejectedByReasonMap())
        .isEqualTo(Map.of("MISSING_REPLY", 1L));
    Map<Split, List<Example>> examples = new HashMap<>();
    for (var split : version.getSplitsList()) {
      List<Example> read;
      try (InputStream in = artifacts.open(split.getFile())) {
        read = ExampleFile.readFirst(in, ROWS);
      }
      assertThat(read).hasSize((int) split.getExamples()).isNotEmpty();
      examples.put(split.getSplit(), read);
    }

    Job job = shard("j1", "d1", 200);
    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_SHARDED);
    try (Tokenizer tokenizer = Tokenizer.load(model)) {
      for (SplitShards shards : job.getShardsList()) {
        try (Shard shard = Shard.open(artifacts.localFile(shards.getFile()))) {
          List<Example> ofSplit = Objects.requireNonNull(examples.get(shards.getSplit()));
          assertThat(shard.examples()).isEqualTo(ofSplit.size());
          for (int i = 0; i < shard.examples(); i++) {
            Example example = ofSplit.get(i);
            EncodedExample encoded = shard.example(i);
            int[] trained =
                java.util.Arrays.stream(encoded.labels()).filter(label -> label >= 0).toArray();
            assertThat(tokenizer.decode(trained, false)).isEqualTo(example.answer() + "<|im_end|>");
            assertThat(tokenizer.decode(encoded.inputIds(), false))
                .contains(example.prompt().getFirst().content());
          }
        }
      }
    }
    assertThat(job.getShardsList()).noneMatch(SplitShards::getReused);
    List<SplitShards> reused =
        job.getShardsList().stream()
            .map(shards -> shards.toBuilder().setReused(true).build())
            .toList();
    assertThat(shard("j2", "d1", 200).getShardsList()).isEqualTo(reused);

    // A file that has gone is made again, byte for byte.
    SplitShards lost = job.getShards(0);
    Files.delete(artifacts.localFile(lost.getFile()));
    List<SplitShards> again = shard("j2-again", "d1", 200).getShardsList();
    assertThat(again.getFirst()).isEqualTo(lost);
    assertThat(again.subList(1, again.size())).isEqualTo(reused.subList(1, reused.size()));
    assertThat(artifacts.localFile(lost.getFile())).exists();

    aPreviewShowsExamples(Objects.requireNonNull(examples.get(Split.SPLIT_TEST)));
  }

  @Test
  void plainTextsAreLearnedWhole() {
    open("d4");
    for (int i = 0; i < ROWS; i++) {
      publisher.publish(
          Topics.ROWS,
          RowReceived.newBuilder()
              .setDatasetId("d4")
              .setRowId("d4-" + i)
              .putCells("text", i + " 借款没有写借条，只有转账记录，可以起诉。".repeat(5))
              .build());
    }
    publisher.publish(Topics.ROWS, row("d4", ROWS));
    cut("d4");
    DatasetVersion version = awaitDataset("d4", DatasetState.DATASET_STATE_PREPARED).getVersions(0);
    assertThat(version.getAccount().getKept()).isEqualTo(ROWS + 1);

    Job job = shard("j6", "d4", 32);
    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_SHARDED);
    SplitShards train = job.getShards(0);
    assertThat(train.getDividedTexts()).isPositive();
    assertThat(train.getExamples()).isGreaterThan(version.getSplits(0).getExamples());
  }

  @Test
  void aCutoffThatLeavesNothingToLearnFailsTheJob() {
    open("d2");
    for (int i = 0; i < ROWS; i++) {
      publisher.publish(Topics.ROWS, row("d2", i));
    }
    cut("d2");
    awaitDataset("d2", DatasetState.DATASET_STATE_PREPARED);

    Job cutInThePrompt = shard("j3", "d2", 5);
    assertThat(cutInThePrompt.getState()).isEqualTo(JobState.JOB_STATE_FAILED);
    assertThat(cutInThePrompt.getProblem().getReason()).isEqualTo("NO_TRAINED_TOKEN");

    Job cutInTheAnswer = shard("j4", "d2", longestPrompt(shard("j4-whole", "d2", 256)) + 3);
    assertThat(cutInTheAnswer.getProblem().getReason()).isEqualTo("NO_END_OF_TURN");
    for (Job refused : List.of(cutInThePrompt, cutInTheAnswer)) {
      assertThat(refused.getProblem().getDetailsMap())
          .containsEntry(Problem.FIELD, "spec.training.cutoff_tokens");
    }
  }

  @Test
  void aDatasetWithoutExamplesFailsWithItsJobs() {
    open("d3");
    publisher.publish(
        Topics.ROWS,
        RowReceived.newBuilder().setDatasetId("d3").setRowId("r").putCells("reply", "a").build());
    cut("d3");
    Dataset failed = awaitDataset("d3", DatasetState.DATASET_STATE_FAILED);

    assertThat(failed.getProblem().getReason()).isEqualTo("NO_EXAMPLES");
    assertThat(failed.getProblem().getMessage()).contains("MISSING_PROMPT=1");
    Job job = shard("j5", "d3", 200);
    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_FAILED);
    assertThat(job.getProblem().getReason()).isEqualTo("DATASET_FAILED");
  }

  @Test
  void aRowThatNobodyWaitsForBecomesADeadLetter() {
    jsonRow("nowhere", "lost-1", "{\"datasetId\":\"nowhere\",\"cells\":{\"question\":\"q\"}}");

    await().atMost(PATIENCE).until(() -> deadLetters().contains("lost-1 DATASET_NOT_FOUND"));
  }

  @Test
  void aPreviewShowsWhatIsTrained() {
    var channel = GrpcChannels.open(service.grpcTarget());
    try {
      PreviewRowResponse response =
          PreviewServiceGrpc.newBlockingStub(channel)
              .previewRow(
                  PreviewRowRequest.newBuilder()
                      .setBaseModel("qwen2-tied")
                      .putCells("title", "你好")
                      .putCells("reply", "您好！")
                      .build());

      assertThat(response.getRendered()).contains("你好").endsWith("您好！<|im_end|>\n");
      assertThat(response.getTokensList()).anyMatch(PreviewToken::getTrained);
      assertThat(response.getTokensList()).anyMatch(token -> !token.getTrained());
      assertThat(response.getCutTokens()).isZero();
    } finally {
      channel.shutdownNow();
    }
  }

  private static void aPreviewShowsExamples(List<Example> test) {
    var channel = GrpcChannels.open(service.grpcTarget());
    try {
      PreviewExamplesResponse response =
          PreviewServiceGrpc.newBlockingStub(channel)
              .previewExamples(
                  PreviewExamplesRequest.newBuilder()
                      .setBaseModel("qwen2-tied")
                      .setDatasetId("d1")
                      .setSplit(Split.SPLIT_TEST)
                      .setFirstIndex(1)
                      .setCount(100)
                      .setCutoffTokens(10)
                      .build());
      assertThat(response.getVersion()).isEqualTo(1);
      assertThat(response.getSplitExamples()).isEqualTo(test.size());
      assertThat(response.getExamplesList())
          .extracting(ExamplePreview::getExampleId)
          .isEqualTo(test.stream().skip(1).map(Example::id).toList());
      assertThat(response.getExamplesList())
          .allSatisfy(
              example -> {
                assertThat(example.getTokensCount()).isEqualTo(10);
                assertThat(example.getCutCount()).isPositive();
              });
    } finally {
      channel.shutdownNow();
    }
  }

  private static void open(String id) {
    publish(
        DatasetEvent.newBuilder()
            .setDatasetId(id)
            .setCreated(DatasetCreated.newBuilder().setName(id).setFrom(end()))
            .build());
    await().atMost(PATIENCE).until(() -> datasets.get(id).isPresent());
  }

  private static void cut(String id) {
    publish(
        DatasetEvent.newBuilder()
            .setDatasetId(id)
            .setCut(DatasetCut.newBuilder().setVersion(1).setUntil(end()))
            .build());
  }

  private static Job shard(String jobId, String datasetId, int cutoffTokens) {
    JobSpec spec =
        JobSpec.newBuilder()
            .setDatasetId(datasetId)
            .setDatasetVersion(1)
            .setBaseModel("qwen2-tied")
            .setTraining(TrainingSpec.newBuilder().setCutoffTokens(cutoffTokens))
            .build();
    JobEvent.Builder event = JobEvent.newBuilder().setJobId(jobId);
    publisher.publish(
        Topics.JOBS, event.setRequested(JobRequested.newBuilder().setSpec(spec)).build());
    publisher.publish(
        Topics.JOBS, event.setAccepted(JobAccepted.newBuilder().setSpec(spec)).build());
    return await()
        .atMost(PATIENCE)
        .until(
            () -> jobs.get(jobId).orElse(Job.getDefaultInstance()),
            job ->
                job.getState() == JobState.JOB_STATE_SHARDED
                    || job.getState() == JobState.JOB_STATE_FAILED);
  }

  /** Tokens before the answer, in the example where they are most. */
  private static int longestPrompt(Job job) {
    int longest = 0;
    try (Shard shard = Shard.open(artifacts.localFile(job.getShards(0).getFile()))) {
      for (int i = 0; i < shard.examples(); i++) {
        int[] labels = shard.example(i).labels();
        int first = 0;
        while (labels[first] == EncodedExample.IGNORED) {
          first++;
        }
        longest = Math.max(longest, first);
      }
    }
    return longest;
  }

  private static Dataset awaitDataset(String id, DatasetState state) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> datasets.get(id).orElse(Dataset.getDefaultInstance()),
            dataset -> dataset.getState() == state);
  }

  private static RowReceived row(String datasetId, int i) {
    return RowReceived.newBuilder()
        .setDatasetId(datasetId)
        .setRowId(datasetId + "-" + i)
        .putCells("title", "问题 " + i)
        .putCells("question", "借款没有写借条，只有转账记录，可以起诉吗？")
        .putCells("reply", "可以起诉。转账记录可以作为证据提交给法院，聊天记录也可以。" + i)
        .build();
  }

  /** As a producer of another language would send it: JSON, and in whatever partition. */
  private static void jsonRow(String datasetId, String id, String json) {
    var kafkaRecord =
        new ProducerRecord<>(
            clients.topicName(Topics.ROWS), 3, datasetId.getBytes(UTF_8), json.getBytes(UTF_8));
    Map.of(
            "ce_id", id,
            "ce_type", "tuneline.v1.RowReceived",
            "ce_source", "test",
            "content-type", "application/json")
        .forEach((name, value) -> kafkaRecord.headers().add(name, value.getBytes(UTF_8)));
    try (var producer = clients.producer()) {
      var _ = producer.send(kafkaRecord);
      producer.flush();
    }
  }

  private static List<String> deadLetters() {
    List<String> found = new ArrayList<>();
    try (var consumer = clients.plainConsumer()) {
      var partition = new TopicPartition(clients.deadLetterName(Topics.ROWS), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      for (var letter : consumer.poll(Duration.ofSeconds(1))) {
        found.add(
            header(letter.headers().lastHeader("ce_id").value())
                + " "
                + header(letter.headers().lastHeader(DeadLetters.REASON).value()));
      }
    }
    return found;
  }

  private static String header(byte[] value) {
    return new String(value, UTF_8);
  }

  private static RowPositions end() {
    return RowPositions.newBuilder().putAllOffsets(clients.endOffsets(Topics.ROWS)).build();
  }

  private static Event.Position publish(DatasetEvent event) {
    return publisher.publish(Topics.DATASETS, event);
  }
}
