package dev.tuneline.trainer.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.training.OptimizerSpec;
import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.PromptEncoder;
import dev.tuneline.proto.v1.PromptInit;
import dev.tuneline.proto.v1.PromptSpec;
import dev.tuneline.proto.v1.Schedule;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class HyperparametersTest {
  @Test
  void fractionsOfAnEpochAreStepsRoundedUp() {
    TrainingSpec spec = with(s -> s.getTrainingBuilder().setEpochs(1.5)).training(10);

    // 10 examples by 4 by 2: 2 steps an epoch.
    assertThat(spec.totalSteps(10)).isEqualTo(3);
  }

  @Test
  void maxStepsWinOverEpochs() {
    assertThat(with(s -> s.getTrainingBuilder().setMaxSteps(7)).training(10).totalSteps(10))
        .isEqualTo(7);
  }

  @Test
  void takesEveryNumberFromTheSpec() {
    TrainingSpec spec = with(_ -> {}).training(10);

    assertThat(spec.microBatch()).isEqualTo(4);
    assertThat(spec.accumulation()).isEqualTo(2);
    assertThat(spec.optimizer().learningRate()).isEqualTo(2e-3);
    assertThat(spec.optimizer().weightDecay()).isEqualTo(0.01);
    assertThat(spec.optimizer().maxGradNorm()).isEqualTo(0.5);
    assertThat(spec.schedule()).isEqualTo(new ScheduleSpec(ScheduleSpec.Kind.LINEAR, 0, 0.1));
    assertThat(spec.seed()).isEqualTo(5);
  }

  @Test
  void takesScheduleAndOptimizerByTransformersNames() {
    TrainingSpec spec =
        with(s ->
                s.getTrainingBuilder()
                    .setSchedule(Schedule.SCHEDULE_WARMUP_STABLE_DECAY)
                    .setScheduleOptions(
                        Struct.newBuilder()
                            .putFields("num_decay_steps", number(3))
                            .putFields(
                                "decay_type", Value.newBuilder().setStringValue("linear").build()))
                    .setWarmupSteps(2)
                    .setOptim("adafactor")
                    .setAdamBeta1(0)
                    .setMaxLossFactor(4))
            .training(10);

    assertThat(spec.schedule().kind()).isEqualTo(ScheduleSpec.Kind.WARMUP_STABLE_DECAY);
    assertThat(spec.schedule().warmup(20)).isEqualTo(2);
    assertThat(spec.schedule().rate(18, 20, 1)).isCloseTo(2 / 3.0, within(1e-12));
    assertThat(spec.optimizer().kind()).isEqualTo(OptimizerSpec.Kind.ADAFACTOR);
    assertThat(spec.optimizer().beta1()).isZero();
    assertThat(spec.optimizer().beta2()).isEqualTo(0.999);
    assertThat(spec.maxLossFactor()).isEqualTo(4);
    assertThat(
            with(s -> s.getTrainingBuilder().setWarmupSteps(0)).training(10).schedule().warmup(99))
        .isZero();
  }

  @Test
  void everyScheduleOfTheWireIsKnown() {
    for (Schedule schedule : Schedule.values()) {
      if (schedule != Schedule.SCHEDULE_UNSPECIFIED && schedule != Schedule.UNRECOGNIZED) {
        String name = schedule.name().substring("SCHEDULE_".length()).toLowerCase(Locale.ROOT);
        assertThat(ScheduleSpec.Kind.named(name)).isNotNull();
      }
    }
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  @Test
  void namesTheJobsFieldThatIsOutOfRange() {
    assertThat(fieldOf(s -> s.getTrainingBuilder().setLearningRate(0)))
        .isEqualTo("spec.training.learning_rate");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setMicroBatchSize(0)))
        .isEqualTo("spec.training.micro_batch_size");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setEpochs(0))).isEqualTo("spec.training.epochs");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setSchedule(Schedule.SCHEDULE_UNSPECIFIED)))
        .isEqualTo("spec.training.schedule");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setWarmupRatio(1)))
        .isEqualTo("spec.training.warmup_ratio");
    assertThat(
            fieldOf(
                s ->
                    s.getTrainingBuilder()
                        .setSchedule(Schedule.SCHEDULE_POLYNOMIAL)
                        .getScheduleOptionsBuilder()
                        .putFields("lr_end", number(1))))
        .isEqualTo("spec.training.schedule_options.lr_end");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setOptim("sgd")))
        .isEqualTo("spec.training.optim");
  }

  @Test
  void refusesMethodsThatAreNotThereYet() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> with(s -> s.setMethod(Method.METHOD_FULL)).method());

    assertThat(problem.reason()).isEqualTo("METHOD_NOT_SUPPORTED");
    assertThat(problem.details()).containsEntry(Problem.FIELD, "spec.method");
    assertThat(with(s -> s.setMethod(Method.METHOD_RSLORA)).method()).isEqualTo("rslora");
    assertThat(with(s -> s.setMethod(Method.METHOD_IA3)).method()).isEqualTo("ia3");
  }

  @Test
  void optionsOfTheMethodBecomeJsonAndAreNamedInProblems() {
    Hyperparameters parameters =
        with(
            s ->
                s.setMethod(Method.METHOD_ADALORA)
                    .getMethodOptionsBuilder()
                    .putFields("tinit", Value.newBuilder().setNumberValue(20).build())
                    .putFields("beta1", Value.newBuilder().setNumberValue(0.5).build())
                    .putFields("lora_bias", Value.newBuilder().setBoolValue(false).build()));

    assertThat(MethodOption.json(Value.newBuilder().setNumberValue(20).build()).isInt()).isTrue();
    assertThat(
            parameters
                .inWordsOfTheJob(Problem.caller("BAD", "bad").at(Problem.FIELD, "tinit"))
                .details())
        .containsEntry(Problem.FIELD, "spec.method_options.tinit");
  }

  @Test
  void virtualTokensArePeftsOptions() {
    assertThat(
            engineTakes(Method.METHOD_P_TUNING_V2, p -> p.setProjection(true).setEncoderHidden(16)))
        .contains("\"prefix_projection\":true", "\"encoder_hidden_size\":16");
    assertThat(
            engineTakes(
                Method.METHOD_P_TUNING,
                p -> p.setEncoder(PromptEncoder.PROMPT_ENCODER_LSTM).setEncoderLayers(1)))
        .contains("\"encoder_reparameterization_type\":\"LSTM\"");
    assertThat(
            engineTakes(
                Method.METHOD_PROMPT_TUNING,
                p -> p.setInit(PromptInit.PROMPT_INIT_TEXT).setInitText("用中文回答")))
        .contains("\"prompt_tuning_init\":\"TEXT\"", "用中文回答");
  }

  /** The options that the engine starts the method with and hands back. */
  private static String engineTakes(Method method, Consumer<PromptSpec.Builder> change) {
    PromptSpec.Builder prompt =
        PromptSpec.newBuilder()
            .setVirtualTokens(3)
            .setEncoderLayers(2)
            .setEncoder(PromptEncoder.PROMPT_ENCODER_MLP)
            .setInit(PromptInit.PROMPT_INIT_RANDOM);
    change.accept(prompt);
    Hyperparameters parameters = with(s -> s.setMethod(method).setPrompt(prompt));
    try (BaseModel base = BaseModel.load(Path.of("../../models/tiny-chat"));
        Tunable tunable = Methods.start(parameters.method(), parameters.options(base), base, 1)) {
      return tunable.options().toString();
    }
  }

  @Test
  void readsHowTheBaseModelIsHeld() {
    Hyperparameters plain = with(_ -> {});
    Hyperparameters small =
        with(
            spec -> {
              spec.setMethod(Method.METHOD_QLORA);
              spec.setPrecision(dev.tuneline.proto.v1.Precision.PRECISION_NF4);
              spec.getTrainingBuilder().setGradientCheckpointing(true);
            });

    assertThat(plain.precision()).isEqualTo(Precision.FP32);
    assertThat(plain.training(10).gradientCheckpointing()).isFalse();
    assertThat(small.method()).isEqualTo("qlora");
    assertThat(small.precision()).isEqualTo(Precision.NF4);
    assertThat(small.training(10).gradientCheckpointing()).isTrue();
  }

  @Test
  void groupsByLengthWhenAskedTo() {
    Hyperparameters grouped = with(spec -> spec.getTrainingBuilder().setGroupByLength(true));

    assertThat(with(_ -> {}).training(10).groupByLength()).isFalse();
    assertThat(grouped.training(10).groupByLength()).isTrue();
  }

  private static String fieldOf(Consumer<JobSpec.Builder> change) {
    Problem problem = catchThrowableOfType(Problem.class, () -> with(change).training(10));
    return problem.details().getOrDefault(Problem.FIELD, "");
  }

  private static Hyperparameters with(Consumer<JobSpec.Builder> change) {
    JobSpec.Builder spec = JobSpec.newBuilder().setMethod(Method.METHOD_LORA);
    spec.getTrainingBuilder()
        .setLearningRate(2e-3)
        .setEpochs(2)
        .setMicroBatchSize(4)
        .setGradientAccumulationSteps(2)
        .setWarmupRatio(0.1)
        .setSchedule(Schedule.SCHEDULE_LINEAR)
        .setWeightDecay(0.01)
        .setMaxGradNorm(0.5)
        .setSeed(5)
        .setCheckpointSteps(3);
    change.accept(spec);
    return new Hyperparameters(spec.build());
  }
}
