package dev.tuneline.ingest.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ListValue;
import com.google.protobuf.Value;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepParameter;
import dev.tuneline.proto.v1.SweepRange;
import dev.tuneline.proto.v1.SweepScale;
import dev.tuneline.proto.v1.SweepSpec;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SweepTest {
  @Test
  void aGridHasOneTrialOfEachCombination() {
    List<Sweep.Trial> trials =
        trials(0, 0, values("lora.r", 4, 8), values("training.learning_rate", 1e-3, 2e-3, 5e-3));

    assertThat(trials).hasSize(6);
    assertThat(trials.get(4).parameters())
        .containsEntry("lora.r", "8")
        .containsEntry("training.learning_rate", "0.002");
    JobSpec spec = trials.get(4).spec();
    assertThat(spec.getLora().getR()).isEqualTo(8);
    assertThat(spec.getTraining().getLearningRate()).isEqualTo(2e-3);
    assertThat(spec.getDatasetId()).isEqualTo("d");
    assertThat(spec.hasSweep()).isFalse();
    assertThat(spec.hasDeployment()).isFalse();
  }

  @Test
  void drawsComeFromTheirRangesAndFromTheSeedAlone() {
    SweepParameter[] parameters = {
      range("training.learning_rate", 1e-5, 1e-1, SweepScale.SWEEP_SCALE_LOG),
      range("lora.r", 2, 5, SweepScale.SWEEP_SCALE_LINEAR),
      range("lora.dropout", 0, 0.5, SweepScale.SWEEP_SCALE_UNSPECIFIED)
    };
    List<Sweep.Trial> trials = trials(40, 7, parameters);

    assertThat(trials).hasSize(40).isEqualTo(trials(40, 7, parameters));
    assertThat(trials).isNotEqualTo(trials(40, 8, parameters));
    assertThat(rates(trials)).allMatch(rate -> rate >= 1e-5 && rate <= 1e-1);
    // Half of the orders of magnitude, so about half of the draws.
    assertThat(rates(trials).filter(rate -> rate < 1e-3).count()).isBetween(10L, 30L);
    assertThat(trials.stream().map(trial -> trial.spec().getLora().getR()).distinct().sorted())
        .containsExactly(2, 3, 4, 5);
    assertThat(trials)
        .allMatch(
            trial ->
                trial.spec().getLora().getDropout() >= 0
                    && trial.spec().getLora().getDropout() <= 0.5);
  }

  @Test
  void noPointIsTriedTwice() {
    assertThat(trials(20, 1, values("lora.r", 4, 8, 16))).hasSize(3);
  }

  @Test
  void fieldsOfEveryKindCanDiffer() {
    Value modules =
        Value.newBuilder()
            .setListValue(ListValue.newBuilder().addValues(text("q_proj")).addValues(text("o")))
            .build();
    JobSpec spec =
        trials(
                0,
                0,
                parameter("training.schedule", text("linear")),
                parameter("lora.target_modules", modules),
                parameter("training.learning_rate", text("2e-4")),
                parameter("method_options.use_dora", Value.newBuilder().setBoolValue(true).build()))
            .getFirst()
            .spec();

    assertThat(spec.getTraining().getSchedule()).isEqualTo(Schedule.SCHEDULE_LINEAR);
    assertThat(spec.getLora().getTargetModulesList()).containsExactly("q_proj", "o");
    assertThat(spec.getTraining().getLearningRate()).isEqualTo(2e-4);
    assertThat(spec.getMethodOptions().getFieldsOrThrow("use_dora").getBoolValue()).isTrue();
  }

  @Test
  void defaultsAreFilledIn() {
    SweepSpec complete = Sweep.complete(sweep(0, values("lora.r", 4)).build());

    assertThat(complete.getSeed()).isEqualTo(42);
    assertThat(complete.getMetric()).isEqualTo(SweepMetric.SWEEP_METRIC_VALIDATION_LOSS);
    assertThat(Sweep.complete(complete)).isEqualTo(complete);
  }

  static Stream<Arguments> wrongs() {
    SweepParameter rank = values("lora.r", 4);
    SweepScale log = SweepScale.SWEEP_SCALE_LOG;
    SweepScale linear = SweepScale.SWEEP_SCALE_LINEAR;
    String first = "spec.sweep.parameters[0]";
    return Stream.of(
        Arguments.of("spec.sweep.parameters", "EMPTY_SWEEP", sweep(0)),
        Arguments.of(first, "EMPTY_SWEEP", sweep(0, values("lora.r"))),
        Arguments.of(first + ".field", "UNKNOWN_FIELD", sweep(0, values("lora.rank", 4))),
        Arguments.of(first + ".field", "UNKNOWN_FIELD", sweep(0, values("lora", 4))),
        Arguments.of(first + ".field", "UNKNOWN_FIELD", sweep(0, values("dataset_id", 4))),
        Arguments.of(first + ".field", "UNKNOWN_FIELD", sweep(0, values("", 4))),
        Arguments.of(first + ".values[1]", "INVALID_VALUE", sweep(0, values("lora.r", 4, 4.5))),
        Arguments.of(
            first + ".values[0]", "INVALID_VALUE", sweep(0, values("training.schedule", 1))),
        Arguments.of(
            first + ".range", "OUT_OF_RANGE", sweep(3, range("training.schedule", 1, 2, linear))),
        Arguments.of(first + ".range.max", "OUT_OF_RANGE", sweep(3, range("lora.r", 4, 4, linear))),
        Arguments.of(first + ".range.min", "OUT_OF_RANGE", sweep(3, range("lora.r", 0, 4, log))),
        Arguments.of("spec.sweep.trials", "OUT_OF_RANGE", sweep(0, range("lora.r", 1, 4, linear))),
        Arguments.of("spec.sweep.trials", "TOO_MANY_TRIALS", sweep(65, rank)),
        Arguments.of("spec.sweep.trials", "TOO_MANY_TRIALS", sweep(-1, rank)),
        Arguments.of("spec.sweep.parameters[1].field", "OUT_OF_RANGE", sweep(0, rank, rank)),
        Arguments.of(
            "spec.sweep.parameters",
            "TOO_MANY_TRIALS",
            sweep(
                0,
                values("lora.r", IntStream.rangeClosed(1, 9).asDoubleStream().toArray()),
                values("lora.alpha", IntStream.rangeClosed(1, 8).asDoubleStream().toArray()))));
  }

  @ParameterizedTest
  @MethodSource("wrongs")
  void eachWrongFieldIsNamed(String field, String reason, SweepSpec.Builder sweep) {
    Problem problem = catchThrowableOfType(Problem.class, () -> Sweep.complete(sweep.build()));

    assertThat(problem.reason()).isEqualTo(reason);
    assertThat(problem.fault()).isEqualTo(Fault.CALLER);
    assertThat(problem.details()).containsEntry(Problem.FIELD, field).containsKey(Problem.MEND);
  }

  @Test
  void aTrialMaySetAZero() {
    List<Sweep.Trial> trials = trials(0, 0, values("training.warmup_ratio", 0, 0.1));

    assertThat(trials.getFirst().spec().getTraining().hasWarmupRatio()).isTrue();
    assertThat(trials.getFirst().spec().getTraining().getWarmupRatio()).isZero();
    assertThat(trials.getFirst().parameters()).containsEntry("training.warmup_ratio", "0");
  }

  private static List<Sweep.Trial> trials(int count, long seed, SweepParameter... parameters) {
    JobSpec.Builder job = JobSpec.newBuilder().setDatasetId("d");
    job.getDeploymentBuilder().setName("x");
    return Sweep.trials(job.setSweep(sweep(count, parameters).setSeed(seed)).build());
  }

  private static SweepSpec.Builder sweep(int trials, SweepParameter... parameters) {
    return SweepSpec.newBuilder().setTrials(trials).addAllParameters(List.of(parameters));
  }

  private static SweepParameter parameter(String field, Value... values) {
    return SweepParameter.newBuilder().setField(field).addAllValues(List.of(values)).build();
  }

  private static SweepParameter values(String field, double... numbers) {
    return parameter(
        field,
        DoubleStream.of(numbers)
            .mapToObj(number -> Value.newBuilder().setNumberValue(number).build())
            .toArray(Value[]::new));
  }

  private static SweepParameter range(String field, double min, double max, SweepScale scale) {
    return SweepParameter.newBuilder()
        .setField(field)
        .setRange(SweepRange.newBuilder().setMin(min).setMax(max).setScale(scale))
        .build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static DoubleStream rates(List<Sweep.Trial> trials) {
    return trials.stream().mapToDouble(trial -> trial.spec().getTraining().getLearningRate());
  }
}
