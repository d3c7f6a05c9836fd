package dev.tuneline.trainer.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.examples.ExampleFileWriter;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.proto.v1.EstimateTrainingRequest;
import dev.tuneline.proto.v1.EstimateTrainingResponse;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EstimatesTest {
  private static final ModelFolders MODELS = new ModelFolders(Path.of("../../models"));

  @TempDir private Path folder;
  private ArtifactStore store = new FileArtifactStore(Path.of("/nowhere"));

  @BeforeEach
  void openStore() {
    store = new FileArtifactStore(folder);
  }

  @Test
  void saysStepsTokensTimeAndMemory() {
    EstimateTrainingResponse answer = estimates(0).answer(request(30, _ -> {}));

    // 30 examples by 4 by 2: 4 steps an epoch.
    assertThat(answer.getSteps()).isEqualTo(8);
    assertThat(answer.getEpochs()).isEqualTo(2);
    assertThat(answer.getExamples()).isEqualTo(30);
    assertThat(answer.getTokens()).isGreaterThan(2 * 30 * 10).isLessThan(2 * 30 * 60);
    assertThat(answer.getTrainedTokens()).isPositive().isLessThan(answer.getTokens());
    assertThat(answer.getLargestBatchTokens()).isPositive();
    assertThat(answer.getSeconds()).isPositive();
    assertThat(answer.getBasedOn()).contains("cpu", "GFLOP/s");
    assertThat(answer.getTrainableParameters()).isPositive();
    assertThat(answer.getMemory().getTotalBytes())
        .isEqualTo(
            answer.getMemory().getWeightsBytes()
                + answer.getMemory().getTrainedBytes()
                + answer.getMemory().getActivationsBytes()
                + answer.getMemory().getHeadBytes()
                + answer.getMemory().getScratchBytes());
    assertThat(answer.getAvailableBytes()).isPositive();
    assertThat(answer.hasProblem()).isFalse();
  }

  @Test
  void namesWhatWouldMakeItFit() {
    EstimateTrainingResponse tight =
        estimates(1_000_000)
            .answer(request(30, spec -> spec.getTrainingBuilder().setMicroBatchSize(16)));

    assertThat(tight.getProblem().getReason()).isEqualTo("JOB_DOES_NOT_FIT");
    assertThat(tight.getProblem().getDetailsMap())
        .containsEntry(Problem.FIELD, "spec.training.micro_batch_size");
    assertThat(tight.getProblem().getDetailsMap().get(Problem.MEND))
        .contains("gradient_checkpointing", "gradient_accumulation_steps");
    EstimateTrainingResponse small =
        estimates(1_000_000)
            .answer(request(1, spec -> spec.getTrainingBuilder().setMicroBatchSize(1)));
    assertThat(small.getProblem().getDetailsMap()).containsEntry(Problem.FIELD, "spec.precision");
    assertThat(small.getProblem().getDetailsMap().get(Problem.MEND)).contains("nf4");
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        refused("spec.base_model", "BASE_MODEL_NOT_FOUND", spec -> spec.setBaseModel("gone")),
        refused("spec.lora.r", "MALFORMED_METHOD_OPTIONS", spec -> spec.getLoraBuilder().setR(999)),
        refused(
            "spec.lora.target_modules",
            "UNMATCHED_TARGET",
            spec -> spec.getLoraBuilder().addTargetModules("nothing_proj")),
        refused(
            "spec.training.cutoff_tokens",
            "NO_TRAINED_TOKEN",
            spec -> spec.getTrainingBuilder().setCutoffTokens(3)),
        refused(
            "spec.training.learning_rate",
            "MALFORMED_TRAINING",
            spec -> spec.getTrainingBuilder().setLearningRate(Double.NaN)),
        refused(
            "spec.training.micro_batch_size",
            "INVALID_FIELD",
            spec -> spec.getTrainingBuilder().setMicroBatchSize(-1)),
        refused("spec.method", "METHOD_NOT_SUPPORTED", spec -> spec.setMethod(Method.METHOD_FULL)));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesWhatWouldFailTheJob(String field, String reason, Consumer<JobSpec.Builder> change) {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> estimates(0).answer(request(3, change)));

    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.details()).containsEntry(Problem.FIELD, field);
  }

  @Test
  void refusesAnEmptyTrainSplit() {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> estimates(0).answer(request(0, _ -> {})));

    assertThat(problem.reason()).isEqualTo("EMPTY_SPLIT");
    assertThat(problem.details()).containsEntry(Problem.FIELD, "spec.dataset_id");
  }

  private static Arguments refused(String field, String reason, Consumer<JobSpec.Builder> change) {
    return Arguments.of(field, reason, change);
  }

  private Estimates estimates(long memoryBytes) {
    return new Estimates(new BaseModels(MODELS), store, new Room(memoryBytes));
  }

  private EstimateTrainingRequest request(int examples, Consumer<JobSpec.Builder> change) {
    JobSpec.Builder spec =
        JobSpec.newBuilder().setBaseModel("tiny-chat").setMethod(Method.METHOD_LORA);
    spec.getLoraBuilder().setR(4).setAlpha(8);
    spec.getTrainingBuilder()
        .setLearningRate(1e-3)
        .setEpochs(2)
        .setMicroBatchSize(4)
        .setGradientAccumulationSteps(2)
        .setWarmupRatio(0.05)
        .setSchedule(Schedule.SCHEDULE_COSINE)
        .setMaxGradNorm(1)
        .setCutoffTokens(256)
        .setCheckpointSteps(25);
    change.accept(spec);
    return EstimateTrainingRequest.newBuilder()
        .setSpec(spec)
        .addSplits(
            SplitExamples.newBuilder()
                .setSplit(Split.SPLIT_TRAIN)
                .setExamples(examples)
                .setFile(
                    store.put(new ByteArrayInputStream(file(examples)), ExampleFile.MEDIA_TYPE)))
        .build();
  }

  private static byte[] file(int examples) {
    return ExampleFileWriter.bytes(
        IntStream.range(0, examples)
            .mapToObj(
                i ->
                    Example.of(
                        "What is the rule of case " + i + "?",
                        "The answer to it is " + i + ".",
                        new Example.Source("rows.csv", i + 2)))
            .toList());
  }
}
