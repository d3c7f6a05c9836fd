package dev.tuneline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.shard.ShardWriter;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.TrainingProgress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** A Kafka namespace, an artifact store and a base model for tests that run real trainers. */
final class TrainingSite implements AutoCloseable {
  static final String BASE_MODEL = "qwen2-tied";
  static final String WEIGHTS = "adapter_model.safetensors";
  static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int VOCABULARY = 600;
  private static final int EXAMPLE_TOKENS = 24;

  final ArtifactStore store;
  final TopicView<Job, JobEvent> jobs;
  final TopicView<TrainingProgress, TrainingMeasured> metrics;
  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final Path folder;

  TrainingSite(Path folder) {
    this.folder = folder;
    clients =
        new KafkaClients(
            TestServers.kafka().bootstrapServers(), "trainer", TestServers.unique("trainer-it"));
    clients.ensureTopics((short) 1);
    store = new FileArtifactStore(folder.resolve("artifacts"));
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    metrics =
        new TopicView<>(clients, Topics.METRICS, (before, event) -> event.body().getProgress());
  }

  /** A trainer of the site's one group, with one thread so that busy machines do not stall it. */
  TrainerLoop trainer(String name) {
    return trainer(name, 0);
  }

  /** The same with a bound of a job's memory. */
  TrainerLoop trainer(String name, long memoryBytes) {
    return new TrainerLoop(
        clients,
        store,
        models(),
        Clock.systemUTC(),
        () -> UUID.randomUUID().toString(),
        new TrainerConfig(name, 1, memoryBytes, folder.resolve("work")));
  }

  static Path models() {
    return Path.of("../../fixtures/models");
  }

  /** A small job with every default filled in, as one that was accepted. */
  static JobSpec.Builder spec() {
    JobSpec.Builder spec =
        JobSpec.newBuilder()
            .setDatasetId("dataset")
            .setDatasetVersion(1)
            .setBaseModel(BASE_MODEL)
            .setMethod(Method.METHOD_LORA);
    spec.getLoraBuilder().setR(4).setAlpha(8).setDropout(0.1);
    spec.getTrainingBuilder()
        .setLearningRate(5e-3)
        .setMaxSteps(12)
        .setMicroBatchSize(4)
        .setGradientAccumulationSteps(2)
        .setWarmupRatio(0.05)
        .setSchedule(Schedule.SCHEDULE_COSINE)
        .setMaxGradNorm(1)
        .setSeed(42)
        .setCheckpointSteps(4);
    return spec;
  }

  /** Puts a sharded job into the log and returns its id. */
  String submit(JobSpec.Builder spec) {
    return submit(
        spec,
        shards(spec.getBaseModel(), Split.SPLIT_TRAIN, 20, EXAMPLE_TOKENS / 2),
        shards(spec.getBaseModel(), Split.SPLIT_VALIDATION, 4, EXAMPLE_TOKENS / 2));
  }

  String submit(JobSpec.Builder spec, SplitShards... shards) {
    String id = "job-" + UUID.randomUUID();
    say(id, JobEvent.newBuilder().setRequested(JobRequested.newBuilder().setSpec(spec)));
    say(id, JobEvent.newBuilder().setAccepted(JobAccepted.newBuilder().setSpec(spec)));
    say(
        id,
        JobEvent.newBuilder()
            .setSharded(JobSharded.newBuilder().addAllShards(Arrays.asList(shards))));
    return id;
  }

  void say(String jobId, JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.setJobId(jobId).build());
  }

  /** Shards of examples drawn from a fixed seed whose last tokens are trained. */
  SplitShards shards(String baseModel, Split split, int examples, int trainedTokens) {
    Path file = folder.resolve(UUID.randomUUID() + ".safetensors");
    Random random = new Random(split.getNumber());
    String template = ChatTemplate.load(models().resolve(baseModel)).digest();
    try (ShardWriter writer = new ShardWriter(file)) {
      for (int i = 0; i < examples; i++) {
        int[] ids = random.ints(EXAMPLE_TOKENS, 0, VOCABULARY).toArray();
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, EXAMPLE_TOKENS - trainedTokens, EncodedExample.IGNORED);
        writer.add(new EncodedExample(ids, labels, 0));
      }
      writer.finish(Map.of("template", template));
      ArtifactRef stored = store.put(file, "application/vnd.tuneline.shard");
      return SplitShards.newBuilder()
          .setSplit(split)
          .setExamples(writer.examples())
          .setTokens(writer.tokens())
          .setTrainedTokens(writer.trainedTokens())
          .setFile(stored)
          .build();
    }
  }

  Job job(String id) {
    return jobs.get(id).orElse(Job.getDefaultInstance());
  }

  Job awaitState(String id, JobState state) {
    await().atMost(PATIENCE).until(() -> job(id).getState() == state);
    return job(id);
  }

  /** That the job fails for a reason that names a field. */
  void assertFailed(String id, String reason, String field) {
    Job job = awaitState(id, JobState.JOB_STATE_FAILED);
    assertThat(job.getProblem().getReason()).isEqualTo(reason);
    assertThat(job.getProblem().getDetailsMap()).containsEntry("field", field);
    assertThat(job.getProblem().getDetailsMap()).containsKey("mend");
  }

  @Override
  public void close() {
    jobs.close();
    metrics.close();
    publisher.close();
    clients.close();
  }
}
