package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingEstimateTest {
  private static final Path MODEL = Fixtures.path("models/qwen2-tied");

  @ParameterizedTest
  @CsvSource({"lora, 3, 2", "ia3, 4, 1", "prompt_tuning, 2, 2", "p_tuning_v2, 5, 1"})
  void countsTheTokensThatTrainingSees(String method, int microBatch, int accumulation)
      throws IOException {
    List<TrainingExample> examples = examples(14);
    TrainingSpec spec = TrainingSpec.of(2, microBatch, accumulation, 1e-3, 5);
    TrainingEstimate estimate = estimate(method, Precision.FP32, examples, spec);

    long tokens = 0;
    long labels = 0;
    int steps = 0;
    try (BaseModel base = BaseModel.load(MODEL);
        Tunable tunable = start(method, base);
        Trainer trainer = new Trainer(base, tunable, examples, spec)) {
      for (; !trainer.finished(); steps++) {
        StepReport report = trainer.next();
        tokens += report.tokens();
        labels += report.labelTokens();
      }
    }
    assertThat(estimate.steps()).isEqualTo(steps);
    assertThat(estimate.tokens()).isEqualTo(tokens);
    assertThat(estimate.trainedTokens()).isEqualTo(labels);
    assertThat(estimate.epochs()).isEqualTo(2);
  }

  @Test
  void weightsTakeWhatTheirPrecisionSays() throws IOException {
    TrainingSpec spec = TrainingSpec.of(1, 2, 1, 1e-3, 5);
    long parameters;
    try (BaseModel base = BaseModel.outline(MODEL, Precision.FP32)) {
      parameters = base.parameterCount();
    }
    long fp32 = estimate("lora", Precision.FP32, examples(4), spec).memory().weights();
    long bf16 = estimate("lora", Precision.BF16, examples(4), spec).memory().weights();
    long nf4 = estimate("qlora", Precision.NF4, examples(4), spec).memory().weights();

    assertThat(fp32).isEqualTo(4 * parameters);
    assertThat(bf16 / (double) fp32).isCloseTo(0.5, within(0.02));
    // The token table stays in fp32: 608 x 64 of its 100 thousand weights.
    assertThat(nf4).isBetween(4L * 608 * 64, bf16);
  }

  @Test
  void memoryFollowsRowsAndCheckpointing() throws IOException {
    TrainingSpec one = TrainingSpec.of(1, 1, 8, 1e-3, 5);
    TrainingSpec many = TrainingSpec.of(1, 8, 1, 1e-3, 5);
    MemoryEstimate small = estimate("lora", Precision.FP32, examples(16), one).memory();
    MemoryEstimate large = estimate("lora", Precision.FP32, examples(16), many).memory();
    MemoryEstimate recomputed =
        estimate("lora", Precision.FP32, examples(16), many.withGradientCheckpointing(true))
            .memory();

    assertThat(large.activations()).isGreaterThan(3 * small.activations());
    assertThat(recomputed.activations()).isLessThan(large.activations());
    assertThat(large.weights()).isEqualTo(small.weights());
    assertThat(large.trained()).isEqualTo(small.trained()).isPositive();
  }

  @Test
  void checkpointingCostsAForward() throws IOException {
    TrainingSpec spec = TrainingSpec.of(1, 8, 1, 1e-3, 5);
    TrainingEstimate plain = estimate("lora", Precision.FP32, examples(16), spec);
    TrainingEstimate recomputed =
        estimate("lora", Precision.FP32, examples(16), spec.withGradientCheckpointing(true));
    DeviceSpeed speed = new DeviceSpeed(1e9, 1e9);

    assertThat(recomputed.seconds(speed) / plain.seconds(speed)).isBetween(1.15, 1.5);
    assertThat(estimate("qlora", Precision.NF4, examples(16), spec).seconds(speed))
        .isGreaterThan(recomputed.seconds(speed));
  }

  @Test
  void measuresTheDevice() {
    for (Precision precision : Precision.values()) {
      DeviceSpeed speed = DeviceSpeed.measure(precision);
      assertThat(speed.flopsPerSecond()).isGreaterThan(1e7);
      assertThat(speed.dequantisedPerSecond()).isGreaterThan(1e5);
    }
  }

  @Test
  void refusesWhatTrainingWouldRefuse() {
    TrainingSpec spec = TrainingSpec.of(1, 1, 1, 1e-3, 5);

    assertThatThrownBy(() -> estimate("lora", Precision.FP32, List.of(), spec))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("NO_EXAMPLES"));
    TrainingExample tooLong = TrainingExample.ofText(new int[257]);
    assertThatThrownBy(() -> estimate("lora", Precision.FP32, List.of(tooLong), spec))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("EXAMPLE_TOO_LONG"));
  }

  private static TrainingEstimate estimate(
      String method, Precision precision, List<TrainingExample> examples, TrainingSpec spec)
      throws IOException {
    try (BaseModel base = BaseModel.outline(MODEL, precision);
        Tunable tunable = start(method, base)) {
      return TrainingEstimate.of(base, tunable, examples, spec);
    }
  }

  private static Tunable start(String method, BaseModel base) throws IOException {
    String options = method.contains("p") ? "{\"num_virtual_tokens\": 3}" : "{}";
    return Methods.start(method, new ObjectMapper().readTree(options), base, 3);
  }

  /** Of many lengths, half of each trained, the last tokens of some not. */
  private static List<TrainingExample> examples(int count) {
    Random random = new Random(7);
    List<TrainingExample> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] ids = random.ints(20 + random.nextInt(60), 0, 600).toArray();
      int[] labels = ids.clone();
      Arrays.fill(labels, 0, ids.length / 2, TrainingExample.IGNORED);
      Arrays.fill(labels, ids.length - i % 3, ids.length, TrainingExample.IGNORED);
      examples.add(new TrainingExample(ids, labels));
    }
    return examples;
  }
}
