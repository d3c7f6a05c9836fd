package dev.tuneline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.platform.rpc.ProblemInterceptor;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.GetTrainerRequest;
import dev.tuneline.proto.v1.GetTrainerResponse;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobPaused;
import dev.tuneline.proto.v1.JobResumed;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Precision;
import dev.tuneline.proto.v1.PromptEncoder;
import dev.tuneline.proto.v1.PromptInit;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.TrainerServiceGrpc;
import dev.tuneline.proto.v1.WatchTrainingRequest;
import dev.tuneline.proto.v1.WatchTrainingResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainerIT {
  // So many that no machine is done before it is told to stop.
  private static final long LONG = 100_000;

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
  void makesAnAdapterOfAShardedJob() throws IOException {
    String id = site.submit(TrainingSite.spec());

    Job job;
    try (TrainerLoop _ = site.trainer("one")) {
      job = site.awaitState(id, JobState.JOB_STATE_TRAINED);
    }

    Path adapter = site.store.localFolder(job.getAdapter().getFolder());
    assertThat(adapter.resolve("adapter_config.json")).content().contains("\"LORA\"");
    assertThat(adapter.resolve("adapter_model.safetensors")).isNotEmptyFile();
    assertThat(Files.readString(adapter.resolve("README.md")))
        .contains("base_model: qwen2-tied", job.getAdapter().getAdapterId(), "| seed | 42 |")
        .contains(job.getShards(0).getFile().getSha256(), "- base_model:adapter:qwen2-tied");
    assertThat(logged(adapter).path("log_history")).hasSize(12 + 2);
    assertThat(adapter.resolve("runs")).isDirectoryContaining("regex:.*tfevents.*" + id);
    assertThat(job.getAdapter().getAdapterId())
        .isEqualTo(
            AdapterIdentity.of(
                adapter, job.getAdapter().getBaseDigest(), job.getAdapter().getTemplateDigest()));
    assertThat(job.getProgress().getStep()).isEqualTo(12);
    assertThat(job.getProgress().getValidationLoss()).isPositive();
    assertThat(job.getProgress().getTrainableParameters()).isPositive();
    assertThat(job.getCheckpointStep()).isEqualTo(8);
    await()
        .atMost(TrainingSite.PATIENCE)
        .untilAsserted(
            () ->
                assertThat(site.metrics.get(id))
                    .hasValueSatisfying(
                        last -> {
                          assertThat(last.getStep()).isEqualTo(12);
                          assertThat(last.getLoss()).isPositive();
                          assertThat(last.getGradNorm()).isPositive();
                          assertThat(last.getResidentBytes()).isPositive();
                        }));
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, c_attn",
    "chatglm3, query_key_value",
    "bloom, dense_4h_to_h",
    "glm, gate_up_proj"
  })
  void tunesAllProjectionsOfAnyArchitecture(String base, String projection) {
    String id = site.submit(TrainingSite.spec().setBaseModel(base));

    Job job;
    try (TrainerLoop _ = site.trainer("one")) {
      job = site.awaitState(id, JobState.JOB_STATE_TRAINED);
    }

    Path adapter = site.store.localFolder(job.getAdapter().getFolder());
    assertThat(adapter.resolve("adapter_config.json"))
        .content()
        .contains("\"" + projection + "\"")
        .doesNotContain("lm_head", "output_layer");
    assertThat(job.getProgress().getValidationLoss()).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "METHOD_RSLORA, LORA",
    "METHOD_DORA, LORA",
    "METHOD_QLORA, LORA",
    "METHOD_ADALORA, ADALORA",
    "METHOD_IA3, IA3",
    "METHOD_P_TUNING_V2, PREFIX_TUNING",
    "METHOD_P_TUNING, P_TUNING",
    "METHOD_PROMPT_TUNING, PROMPT_TUNING"
  })
  void tunesByAnyMethod(Method method, String peftType) {
    JobSpec.Builder spec = TrainingSite.spec().setMethod(method);
    spec.getLoraBuilder().setDropout(0);
    spec.getPromptBuilder()
        .setVirtualTokens(4)
        .setEncoder(PromptEncoder.PROMPT_ENCODER_MLP)
        .setEncoderLayers(2)
        .setInit(PromptInit.PROMPT_INIT_RANDOM);
    if (method == Method.METHOD_QLORA) {
      spec.setPrecision(Precision.PRECISION_NF4);
    }
    String id = site.submit(spec);

    Job job;
    try (TrainerLoop _ = site.trainer("one")) {
      job = site.awaitState(id, JobState.JOB_STATE_TRAINED);
    }

    Path adapter = site.store.localFolder(job.getAdapter().getFolder());
    assertThat(adapter.resolve("adapter_config.json")).content().contains('"' + peftType + '"');
    assertThat(adapter.resolve("adapter_model.safetensors")).isNotEmptyFile();
    assertThat(job.getProgress().getStep()).isEqualTo(12);
  }

  @Test
  void goesOnFromTheLastCheckpointAsIfNothingHadHappened() throws IOException {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setMaxSteps(60).setCheckpointSteps(3);
    String disturbed = site.submit(spec);
    try (TrainerLoop _ = site.trainer("first")) {
      await()
          .atMost(TrainingSite.PATIENCE)
          .until(() -> site.job(disturbed).getCheckpointStep() > 0);
    }
    assertThat(site.job(disturbed).getState()).isEqualTo(JobState.JOB_STATE_TRAINING);

    String undisturbed = site.submit(spec);
    try (TrainerLoop _ = site.trainer("second")) {
      Job resumed = site.awaitState(disturbed, JobState.JOB_STATE_TRAINED);
      Job whole = site.awaitState(undisturbed, JobState.JOB_STATE_TRAINED);

      assertThat(resumed.getAttempts()).isEqualTo(2);
      assertThat(whole.getAttempts()).isEqualTo(1);
      assertThat(withoutFolder(resumed)).isEqualTo(withoutFolder(whole));
      assertThat(losses(resumed)).hasSize(60).isEqualTo(losses(whole));
    }
  }

  @Test
  void trainersThatComeAndGoShareTheJobsAndChangeNothing() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setMaxSteps(30).setCheckpointSteps(2);
    List<String> jobs = Stream.generate(() -> site.submit(spec)).limit(5).toList();

    try (TrainerLoop _ = site.trainer("stays")) {
      try (TrainerLoop _ = site.trainer("leaves")) {
        await()
            .atMost(TrainingSite.PATIENCE)
            .until(() -> jobs.stream().anyMatch(id -> site.job(id).getCheckpointStep() > 0));
      }
      jobs.forEach(id -> site.awaitState(id, JobState.JOB_STATE_TRAINED));
    }

    assertThat(jobs.stream().map(id -> site.job(id).getAdapter().getAdapterId()).distinct())
        .hasSize(1);
  }

  @Test
  void aPausedJobEndsAsIfItHadNotBeenPaused() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setMaxSteps(60).setCheckpointSteps(50);
    String paused = site.submit(spec);
    try (TrainerLoop _ = site.trainer("one")) {
      site.awaitState(paused, JobState.JOB_STATE_TRAINING);
      site.say(paused, JobEvent.newBuilder().setPaused(JobPaused.getDefaultInstance()));
      String undisturbed = site.submit(spec);
      Job whole = site.awaitState(undisturbed, JobState.JOB_STATE_TRAINED);
      Job waiting = site.awaitState(paused, JobState.JOB_STATE_PAUSED);
      assertThat(waiting.getCheckpointStep()).isPositive().isLessThan(50);
      assertThat(waiting.getClaim().getHolder()).isEmpty();

      site.say(paused, JobEvent.newBuilder().setResumed(JobResumed.getDefaultInstance()));

      Job resumed = site.awaitState(paused, JobState.JOB_STATE_TRAINED);
      assertThat(resumed.getAttempts()).isEqualTo(2);
      assertThat(resumed.getAdapter().getAdapterId()).isEqualTo(whole.getAdapter().getAdapterId());
    }
  }

  @Test
  void stopsWhatIsCancelledAndTakesTheNext() {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setMaxSteps(LONG);
    String unwanted = site.submit(spec);
    try (TrainerLoop _ = site.trainer("one")) {
      site.awaitState(unwanted, JobState.JOB_STATE_TRAINING);
      site.say(
          unwanted,
          JobEvent.newBuilder().setCancelled(JobCancelled.newBuilder().setBecause("test")));
      String next = site.submit(TrainingSite.spec());

      site.awaitState(next, JobState.JOB_STATE_TRAINED);
    }
    assertThat(site.job(unwanted).getState()).isEqualTo(JobState.JOB_STATE_CANCELLED);
    assertThat(site.job(unwanted).hasAdapter()).isFalse();
  }

  @Test
  void saysWhichFieldIsWrong() {
    String noBase =
        site.submit(
            TrainingSite.spec().setBaseModel("../secret"),
            site.shards(TrainingSite.BASE_MODEL, Split.SPLIT_TRAIN, 3, 1));
    String noMethod = site.submit(TrainingSite.spec().setMethod(Method.METHOD_FULL));
    JobSpec.Builder noTarget = TrainingSite.spec();
    noTarget.getLoraBuilder().addTargetModules("nothing_proj");
    String noModule = site.submit(noTarget);
    JobSpec.Builder wide = TrainingSite.spec();
    wide.getLoraBuilder().setR(65);
    String largeRank = site.submit(wide);
    String noTokens =
        site.submit(
            TrainingSite.spec(), site.shards(TrainingSite.BASE_MODEL, Split.SPLIT_TRAIN, 3, 0));
    try (TrainerLoop _ = site.trainer("one")) {
      site.assertFailed(noBase, "BASE_MODEL_NOT_FOUND", "spec.base_model");
      site.assertFailed(noMethod, "METHOD_NOT_SUPPORTED", "spec.method");
      site.assertFailed(noModule, "UNMATCHED_TARGET", "spec.lora.target_modules");
      site.assertFailed(largeRank, "MALFORMED_METHOD_OPTIONS", "spec.lora.r");
      site.assertFailed(noTokens, "NO_TRAINED_TOKEN", "spec.dataset_id");
    }
  }

  @Test
  void refusesAJobThatDoesNotFitBeforeItStarts() {
    String id = site.submit(TrainingSite.spec());
    try (TrainerLoop _ = site.trainer("small", 1_000_000)) {
      site.assertFailed(id, "JOB_DOES_NOT_FIT", "spec.training.micro_batch_size");
    }
    assertThat(site.job(id).getAttempts()).isZero();
  }

  @Test
  void showsTheRunningJobOverGrpc() throws IOException {
    JobSpec.Builder spec = TrainingSite.spec();
    spec.getTrainingBuilder().setMaxSteps(LONG);
    String id = site.submit(spec);
    try (TrainerLoop trainer = site.trainer("watched")) {
      Server server =
          InProcessServerBuilder.forName(id)
              .addService(trainer.endpoint())
              .intercept(new ProblemInterceptor())
              .build()
              .start();
      ManagedChannel channel = InProcessChannelBuilder.forName(id).build();
      var service = TrainerServiceGrpc.newBlockingStub(channel);
      await()
          .atMost(TrainingSite.PATIENCE)
          .until(
              () ->
                  service.getTrainer(GetTrainerRequest.getDefaultInstance()).getJobId().equals(id));
      GetTrainerResponse now = service.getTrainer(GetTrainerRequest.getDefaultInstance());
      assertThat(now.getTrainer()).isEqualTo("watched");
      assertThat(now.getDevice()).isEqualTo("cpu");
      assertThat(now.getThreads()).isPositive();

      Iterator<WatchTrainingResponse> watched =
          service.watchTraining(WatchTrainingRequest.newBuilder().setJobId(id).build());
      long first = watched.next().getProgress().getStep();
      assertThat(watched.next().getProgress().getStep()).isGreaterThan(first);
      site.say(
          id, JobEvent.newBuilder().setCancelled(JobCancelled.newBuilder().setBecause("test")));
      watched.forEachRemaining(_ -> {});

      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  /** The adapter beside the files that hold times. */
  private static Adapter withoutFolder(Job job) {
    return job.getAdapter().toBuilder().clearFolder().build();
  }

  /** Step, loss, norm and rate of each step, as logged. */
  private static List<String> losses(Job job) throws IOException {
    Path adapter = site.store.localFolder(job.getAdapter().getFolder());
    return logged(adapter)
        .path("log_history")
        .valueStream()
        .filter(entry -> entry.has("loss"))
        .map(
            entry ->
                Stream.of("step", "epoch", "loss", "grad_norm", "learning_rate")
                    .map(key -> entry.path(key).asText())
                    .collect(Collectors.joining(" ")))
        .toList();
  }

  private static JsonNode logged(Path adapter) throws IOException {
    return new ObjectMapper().readTree(adapter.resolve("trainer_state.json").toFile());
  }
}
