package dev.tuneline.ingest.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Value;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Precision;
import dev.tuneline.proto.v1.PromptInit;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.TrainingSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JobAdmissionTest {
  private static final JobSpec GOOD =
      JobSpec.newBuilder().setDatasetId("cut").setBaseModel("tiny").build();

  private final Map<String, Dataset> datasets =
      Map.of(
          "cut", dataset(DatasetState.DATASET_STATE_CUT, 2),
          "open", dataset(DatasetState.DATASET_STATE_OPEN, 0),
          "failed", dataset(DatasetState.DATASET_STATE_FAILED, 1),
          "train-only", prepared(9, 0),
          "empty", prepared(0, 0));

  @TempDir Path models;
  private JobAdmission admission = admission(Path.of("/nowhere"));

  @BeforeEach
  void makeModel() throws IOException {
    Files.createDirectories(models.resolve("tiny"));
    Files.writeString(models.resolve("tiny/config.json"), "{\"n_positions\": 64}");
    Files.createDirectories(models.resolve("empty"));
    admission = admission(models);
  }

  @Test
  void defaultsAreFilledInOnce() {
    JobSpec spec = admission.complete(GOOD);

    assertThat(spec.getDatasetVersion()).isEqualTo(2);
    assertThat(spec.getMethod()).isEqualTo(Method.METHOD_LORA);
    assertThat(spec.getLora().getR()).isEqualTo(8);
    assertThat(spec.getLora().getAlpha()).isEqualTo(16);
    assertThat(spec.getTraining().getLearningRate()).isEqualTo(1e-3);
    assertThat(spec.getTraining().getEpochs()).isEqualTo(3);
    assertThat(spec.getTraining().getMicroBatchSize()).isEqualTo(8);
    assertThat(spec.getTraining().getGradientAccumulationSteps()).isEqualTo(1);
    assertThat(spec.getTraining().getWarmupRatio()).isEqualTo(0.05);
    assertThat(spec.getTraining().getSchedule()).isEqualTo(Schedule.SCHEDULE_COSINE);
    assertThat(spec.getTraining().getMaxGradNorm()).isEqualTo(1);
    assertThat(spec.getTraining().getSeed()).isEqualTo(42);
    assertThat(spec.getTraining().getCutoffTokens()).isEqualTo(64);
    assertThat(spec.getTraining().getCheckpointSteps()).isEqualTo(25);
    assertThat(admission.complete(spec)).isEqualTo(spec);
  }

  @Test
  void theLoopHasTransformersDefaults() {
    TrainingSpec training = admission.complete(GOOD).getTraining();

    assertThat(training.getOptim()).isEqualTo("adamw_torch");
    assertThat(training.getAdamBeta1()).isEqualTo(0.9);
    assertThat(training.getAdamBeta2()).isEqualTo(0.999);
    assertThat(training.getAdamEpsilon()).isEqualTo(1e-8);
    assertThat(training.hasWarmupSteps()).isFalse();
    assertThat(training.getEvalSteps()).isZero();
    assertThat(training.getLoadBestModelAtEnd()).isFalse();
    assertThat(training.getSaveTotalLimit()).isZero();
    assertThat(training.getMaxLossFactor()).isEqualTo(3);
  }

  @Test
  void whatNeedsValidationHasItMeasured() {
    JobSpec.Builder asked = GOOD.toBuilder();
    asked
        .getTrainingBuilder()
        .setEarlyStoppingPatience(2)
        .setCheckpointSteps(7)
        .setOptim("adamw_torch_fused")
        .setMaxLossFactor(0);

    JobSpec spec = admission.complete(asked.build());

    assertThat(spec.getTraining().getLoadBestModelAtEnd()).isTrue();
    assertThat(spec.getTraining().getEvalSteps()).isEqualTo(7);
    assertThat(spec.getTraining().getOptim()).isEqualTo("adamw_torch");
    assertThat(spec.getTraining().getMaxLossFactor()).isZero();
    assertThat(admission.complete(spec)).isEqualTo(spec);
  }

  @Test
  void aConstantRateWarmsUpWhenAskedTo() {
    JobSpec.Builder asked = GOOD.toBuilder();
    asked.getTrainingBuilder().setSchedule(Schedule.SCHEDULE_CONSTANT);
    assertThat(admission.complete(asked.build()).getTraining().getWarmupRatio()).isZero();
    asked.getTrainingBuilder().setWarmupRatio(0.1);
    assertThat(admission.complete(asked.build()).getTraining().getWarmupRatio()).isEqualTo(0.1);
  }

  @Test
  void whatIsAskedForStays() {
    JobSpec.Builder asked = GOOD.toBuilder().setDatasetVersion(1).setMethod(Method.METHOD_RSLORA);
    asked.getTrainingBuilder().setSeed(0).setCutoffTokens(32).setMaxSteps(7);
    asked.getLoraBuilder().setR(4).addTargetModules("q_proj");

    JobSpec spec = admission.complete(asked.build());

    assertThat(spec.getDatasetVersion()).isEqualTo(1);
    assertThat(spec.getTraining().getSeed()).isZero();
    assertThat(spec.getTraining().getMaxSteps()).isEqualTo(7);
    assertThat(spec.getLora().getAlpha()).isEqualTo(8);
    assertThat(spec.getLora().getTargetModulesList()).containsExactly("q_proj");
  }

  @Test
  void allButTheDatasetIsCheckedBeforeThereIsOne() {
    JobSpec.Builder asked = GOOD.toBuilder().clearDatasetId();
    assertThat(admission.check(asked.build()).getTraining().getEpochs()).isEqualTo(3);

    asked.getTrainingBuilder().setLearningRate(0);
    Problem problem = catchThrowableOfType(Problem.class, () -> admission.check(asked.build()));

    assertThat(problem.details()).containsEntry(Problem.FIELD, "spec.training.learning_rate");
  }

  @Test
  void aZeroThatIsSetIsAZero() {
    JobSpec.Builder asked = GOOD.toBuilder();
    asked
        .getTrainingBuilder()
        .setWarmupRatio(0)
        .setWeightDecay(0)
        .setMaxGradNorm(0)
        .setSeed(0)
        .setEvalSteps(0);

    JobSpec spec = admission.complete(asked.build());

    assertThat(spec.getTraining().hasWarmupRatio()).isTrue();
    assertThat(spec.getTraining().getWarmupRatio()).isZero();
    assertThat(spec.getTraining().getMaxGradNorm()).isZero();
    assertThat(spec.getTraining().getSeed()).isZero();
    assertThat(spec.getTraining().getEvalSteps()).isZero();
    assertThat(admission.complete(spec)).isEqualTo(spec);
  }

  @Test
  void virtualTokensTakeTheirRoomFromTheCutoff() {
    JobSpec spec =
        admission.complete(GOOD.toBuilder().setMethod(Method.METHOD_P_TUNING_V2).build());

    assertThat(spec.getPrompt().getVirtualTokens()).isEqualTo(20);
    assertThat(spec.getTraining().getCutoffTokens()).isEqualTo(44);
    assertThat(spec.hasLora()).isFalse();
    assertThat(admission.complete(spec)).isEqualTo(spec);
  }

  @Test
  void aTextIsWhatVirtualTokensBeginAs() {
    JobSpec.Builder asked = GOOD.toBuilder().setMethod(Method.METHOD_PROMPT_TUNING);
    assertThat(admission.complete(asked.build()).getPrompt().getInit())
        .isEqualTo(PromptInit.PROMPT_INIT_RANDOM);
    asked.getPromptBuilder().setInitText("Answer in one sentence.");
    assertThat(admission.complete(asked.build()).getPrompt().getInit())
        .isEqualTo(PromptInit.PROMPT_INIT_TEXT);
  }

  @ParameterizedTest
  @CsvSource({
    "METHOD_LORA, PRECISION_UNSPECIFIED, PRECISION_FP32, false",
    "METHOD_LORA, PRECISION_BF16, PRECISION_BF16, false",
    "METHOD_LORA, PRECISION_NF4, PRECISION_NF4, true",
    "METHOD_QLORA, PRECISION_UNSPECIFIED, PRECISION_NF4, true",
    "METHOD_FULL, PRECISION_UNSPECIFIED, PRECISION_FP32, false"
  })
  void theMethodChoosesThePrecision(
      Method method, Precision asked, Precision given, boolean checkpointing) {
    JobSpec spec =
        admission.complete(GOOD.toBuilder().setMethod(method).setPrecision(asked).build());

    assertThat(spec.getPrecision()).isEqualTo(given);
    assertThat(spec.getTraining().getGradientCheckpointing()).isEqualTo(checkpointing);
  }

  static Stream<Arguments> wrongs() {
    return Stream.of(
        wrong(
            "spec.precision",
            "OUT_OF_RANGE",
            spec -> spec.setMethod(Method.METHOD_QLORA).setPrecision(Precision.PRECISION_BF16)),
        wrong(
            "spec.precision",
            "OUT_OF_RANGE",
            spec -> spec.setMethod(Method.METHOD_FULL).setPrecision(Precision.PRECISION_NF4)),
        wrong("spec.dataset_id", "MISSING_FIELD", spec -> spec.clearDatasetId()),
        wrong("spec.dataset_id", "DATASET_NOT_FOUND", spec -> spec.setDatasetId("none")),
        wrong("spec.dataset_id", "DATASET_NOT_READY", spec -> spec.setDatasetId("open")),
        wrong("spec.dataset_id", "DATASET_FAILED", spec -> spec.setDatasetId("failed")),
        wrong(
            "spec.dataset_version", "DATASET_VERSION_NOT_FOUND", spec -> spec.setDatasetVersion(3)),
        wrong("spec.base_model", "BASE_MODEL_NOT_FOUND", spec -> spec.setBaseModel("../tiny")),
        wrong("spec.base_model", "BASE_MODEL_NOT_FOUND", spec -> spec.setBaseModel("")),
        wrong("spec.base_model", "BASE_MODEL_NOT_FOUND", spec -> spec.setBaseModel("empty")),
        wrong("spec.method", "METHOD_NOT_SUPPORTED", spec -> spec.setMethod(Method.METHOD_ADALORA)),
        wrong("spec.method", "METHOD_NOT_SUPPORTED", spec -> spec.setMethodValue(99)),
        wrong("spec.lora.r", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setR(0)),
        wrong("spec.lora.alpha", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setAlpha(0)),
        wrong(
            "spec.prompt.encoder_hidden",
            "OUT_OF_RANGE",
            spec ->
                spec.setMethod(Method.METHOD_P_TUNING_V2).getPromptBuilder().setEncoderHidden(0)),
        wrong(
            "spec.prompt.virtual_tokens",
            "OUT_OF_RANGE",
            spec ->
                spec.setMethod(Method.METHOD_P_TUNING_V2).getPromptBuilder().setVirtualTokens(0)),
        wrong(
            "spec.training.eval_steps",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setLoadBestModelAtEnd(true).setEvalSteps(0)),
        wrong("spec.lora.r", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setR(-1)),
        wrong("spec.lora.r", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setR(100_000)),
        wrong("spec.lora.alpha", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setAlpha(-1)),
        wrong("spec.lora.dropout", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setDropout(1)),
        wrong("spec.lora.dropout", "OUT_OF_RANGE", spec -> spec.getLoraBuilder().setDropout(-0.1)),
        wrong(
            "spec.lora.target_modules",
            "OUT_OF_RANGE",
            spec -> spec.getLoraBuilder().addTargetModules("a b")),
        wrong(
            "spec.prompt.virtual_tokens",
            "OUT_OF_RANGE",
            spec ->
                spec.setMethod(Method.METHOD_P_TUNING_V2).getPromptBuilder().setVirtualTokens(64)),
        wrong(
            "spec.training.cutoff_tokens",
            "OUT_OF_RANGE",
            spec ->
                spec.setMethod(Method.METHOD_P_TUNING_V2).getTrainingBuilder().setCutoffTokens(45)),
        wrong(
            "spec.prompt.init_text",
            "MISSING_FIELD",
            spec ->
                spec.setMethod(Method.METHOD_PROMPT_TUNING)
                    .getPromptBuilder()
                    .setInit(PromptInit.PROMPT_INIT_TEXT)),
        wrong(
            "spec.training.learning_rate",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setLearningRate(Double.NaN)),
        wrong(
            "spec.training.epochs",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setEpochs(Double.POSITIVE_INFINITY)),
        wrong(
            "spec.training.warmup_ratio",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setWarmupRatio(-0.1)),
        wrong(
            "spec.training.cutoff_tokens",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setCutoffTokens(65)),
        wrong(
            "spec.training.schedule",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setScheduleValue(77)),
        wrong(
            "spec.training.schedule_options.power",
            "OPTIONS_OF_ANOTHER_SCHEDULE",
            spec -> option(spec, Schedule.SCHEDULE_LINEAR, "power", 2)),
        wrong(
            "spec.training.schedule_options.power",
            "OUT_OF_RANGE",
            spec -> option(spec, Schedule.SCHEDULE_POLYNOMIAL, "power", -2)),
        wrong(
            "spec.training.schedule_options.decay_type",
            "OUT_OF_RANGE",
            spec -> option(spec, Schedule.SCHEDULE_WARMUP_STABLE_DECAY, "decay_type", 1)),
        wrong(
            "spec.training.schedule_options.num_decay_steps",
            "OUT_OF_RANGE",
            spec -> option(spec, Schedule.SCHEDULE_WARMUP_STABLE_DECAY, "min_lr_ratio", 1)),
        wrong(
            "spec.training.schedule_options.min_lr",
            "OUT_OF_RANGE",
            spec -> option(spec, Schedule.SCHEDULE_COSINE_WITH_MIN_LR, "num_cycles", 1)),
        wrong(
            "spec.training.warmup_steps",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setWarmupSteps(-1)),
        wrong(
            "spec.training.optim",
            "OPTIMIZER_NOT_SUPPORTED",
            spec -> spec.getTrainingBuilder().setOptim("lion_8bit")),
        wrong(
            "spec.training.adam_beta2",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setAdamBeta2(1)),
        wrong(
            "spec.training.adam_epsilon",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setAdamEpsilon(0)),
        wrong(
            "spec.training.metric_for_best_model",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setMetricForBestModel("accuracy")),
        wrong(
            "spec.training.eval_steps",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setEvalSteps(-1)),
        wrong(
            "spec.training.max_loss_factor",
            "OUT_OF_RANGE",
            spec -> spec.getTrainingBuilder().setMaxLossFactor(1)),
        wrong(
            "spec.deployment.name",
            "OUT_OF_RANGE",
            spec -> spec.getDeploymentBuilder().setName("a/b")),
        wrong(
            "spec.deployment.name",
            "OUT_OF_RANGE",
            spec -> spec.getDeploymentBuilder().setName("tiny")),
        wrong("spec.priority", "OUT_OF_RANGE", spec -> spec.setPriority(101)),
        wrong("spec.priority", "OUT_OF_RANGE", spec -> spec.setPriority(-101)),
        wrong("spec.suffix", "OUT_OF_RANGE", spec -> spec.setSuffix("a:b")));
  }

  @ParameterizedTest
  @MethodSource("wrongs")
  void eachWrongFieldIsNamed(String field, String reason, Consumer<JobSpec.Builder> change) {
    JobSpec.Builder spec = GOOD.toBuilder();
    change.accept(spec);

    Problem problem = catchThrowableOfType(Problem.class, () -> admission.complete(spec.build()));

    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.fault()).isEqualTo(Fault.CALLER);
    assertThat(problem.details()).containsEntry(Problem.FIELD, field).containsKey(Problem.MEND);
  }

  /** Every number of the training loop has a range, whose both ends are refused by its name. */
  @ParameterizedTest
  @CsvSource({
    "learning_rate, 0",
    "learning_rate, -0.001",
    "learning_rate, 1.5",
    "learning_rate, 1e-12",
    "learning_rate, NaN",
    "learning_rate, Infinity",
    "epochs, 0",
    "epochs, -1",
    "epochs, 100000",
    "epochs, NaN",
    "max_steps, 0",
    "max_steps, -1",
    "micro_batch_size, 0",
    "micro_batch_size, -4",
    "micro_batch_size, 100000",
    "gradient_accumulation_steps, 0",
    "gradient_accumulation_steps, -1",
    "gradient_accumulation_steps, 100000",
    "warmup_ratio, 1",
    "warmup_ratio, 1.5",
    "warmup_ratio, -0.1",
    "warmup_ratio, NaN",
    "weight_decay, -0.1",
    "weight_decay, 1",
    "weight_decay, NaN",
    "max_grad_norm, -1",
    "max_grad_norm, NaN",
    "cutoff_tokens, 0",
    "cutoff_tokens, -1",
    "checkpoint_steps, 0",
    "checkpoint_steps, -1",
    "eval_steps, -1"
  })
  void eachNumberOfTheTrainingLoopHasARange(String name, String value) {
    JobSpec.Builder spec = GOOD.toBuilder();
    TrainingSpec.Builder training = spec.getTrainingBuilder();
    FieldDescriptor field = TrainingSpec.getDescriptor().findFieldByName(name);
    training.setField(
        field,
        switch (field.getJavaType()) {
          case INT -> Integer.valueOf(value);
          case LONG -> Long.valueOf(value);
          default -> Double.valueOf(value);
        });

    Problem problem = catchThrowableOfType(Problem.class, () -> admission.complete(spec.build()));

    assertThat(problem.reason()).isEqualTo("OUT_OF_RANGE");
    assertThat(problem.details())
        .containsEntry(Problem.FIELD, "spec.training." + name)
        .containsKey(Problem.MEND);
  }

  static Stream<Arguments> emptySplits() {
    return Stream.of(
        wrong("spec.dataset_id", "EMPTY_SPLIT", spec -> spec.setDatasetId("empty")),
        wrong(
            "spec.training.early_stopping_patience",
            "NO_VALIDATION_SPLIT",
            spec -> spec.getTrainingBuilder().setEarlyStoppingPatience(1)),
        wrong(
            "spec.training.load_best_model_at_end",
            "NO_VALIDATION_SPLIT",
            spec -> spec.getTrainingBuilder().setLoadBestModelAtEnd(true)),
        wrong(
            "spec.training.schedule",
            "NO_VALIDATION_SPLIT",
            spec -> spec.getTrainingBuilder().setSchedule(Schedule.SCHEDULE_REDUCE_LR_ON_PLATEAU)),
        wrong("spec.sweep.metric", "NO_VALIDATION_SPLIT", JobAdmissionTest::sweep));
  }

  @ParameterizedTest
  @MethodSource("emptySplits")
  void anEmptySplitIsRefusedByTheFieldThatNeedsIt(
      String field, String reason, Consumer<JobSpec.Builder> change) {
    JobSpec.Builder trainOnly = GOOD.toBuilder().setDatasetId("train-only");
    assertThat(admission.complete(trainOnly.build()).getDatasetVersion()).isEqualTo(1);

    change.accept(trainOnly);

    Problem problem =
        catchThrowableOfType(Problem.class, () -> admission.complete(trainOnly.build()));
    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.details()).containsEntry(Problem.FIELD, field).containsKey(Problem.MEND);
  }

  @Test
  void aSweepByTrainingLossNeedsNoValidationSplit() {
    JobSpec.Builder spec = GOOD.toBuilder().setDatasetId("train-only");
    sweep(spec);
    spec.getSweepBuilder().setMetric(SweepMetric.SWEEP_METRIC_TRAINING_LOSS);

    assertThat(admission.trials(admission.complete(spec.build()))).hasSize(2);
  }

  private static void sweep(JobSpec.Builder spec) {
    spec.getSweepBuilder()
        .addParametersBuilder()
        .setField("lora.r")
        .addValues(Value.newBuilder().setNumberValue(2))
        .addValues(Value.newBuilder().setNumberValue(4));
  }

  private static void option(JobSpec.Builder spec, Schedule schedule, String name, double number) {
    spec.getTrainingBuilder()
        .setSchedule(schedule)
        .getScheduleOptionsBuilder()
        .putFields(name, Value.newBuilder().setNumberValue(number).build());
  }

  private static Arguments wrong(String field, String reason, Consumer<JobSpec.Builder> change) {
    return Arguments.of(field, reason, change);
  }

  private JobAdmission admission(Path root) {
    return new JobAdmission(
        id -> Optional.ofNullable(datasets.get(id)),
        new ModelFolders(root),
        Set.of(
            Method.METHOD_LORA,
            Method.METHOD_RSLORA,
            Method.METHOD_QLORA,
            Method.METHOD_FULL,
            Method.METHOD_P_TUNING_V2,
            Method.METHOD_PROMPT_TUNING));
  }

  private static Dataset prepared(long train, long validation) {
    DatasetVersion.Builder version = DatasetVersion.newBuilder().setVersion(1);
    version.addSplitsBuilder().setSplit(Split.SPLIT_TRAIN).setExamples(train);
    version.addSplitsBuilder().setSplit(Split.SPLIT_VALIDATION).setExamples(validation);
    return dataset(DatasetState.DATASET_STATE_PREPARED, 1).toBuilder().addVersions(version).build();
  }

  private static Dataset dataset(DatasetState state, int cutVersion) {
    return Dataset.newBuilder().setState(state).setCutVersion(cutVersion).build();
  }
}
