package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AdafactorTest {
  private static final OptimizerSpec SPEC =
      new OptimizerSpec(OptimizerSpec.Kind.ADAFACTOR, 5e-3, 0.9, 0.999, 1e-8, 0.01, 1);

  private static JsonNode expected() throws IOException {
    return new ObjectMapper()
        .readTree(Path.of("src/test/resources/adafactor/expected.json").toFile());
  }

  static Stream<JsonNode> updates() throws IOException {
    return expected().path("updates").valueStream();
  }

  @ParameterizedTest
  @MethodSource("updates")
  void updatesAsTransformersDoes(JsonNode given) {
    long[] shape = Arrays.stream(Fixtures.ints(given.path("shape"))).asLongStream().toArray();
    try (PtNDManager manager = Torch.newManager();
        var _ = GradientMode.off()) {
      PtNDArray parameter = Tensors.ofFloats(manager, Fixtures.floats(given.path("before")), shape);
      try (Adafactor adafactor = new Adafactor(SPEC, Map.of("p", parameter))) {
        int step = 0;
        for (JsonNode update : given.path("steps")) {
          PtNDArray gradient =
              Tensors.ofFloats(manager, Fixtures.floats(update.path("gradient")), shape);
          adafactor.update("p", parameter, gradient, step++, 5e-3, 1, true);
          assertThat(Tensors.floats(parameter))
              .containsExactly(Fixtures.floats(update.path("after")), within(1e-6f));
        }
        assertThat(step).isEqualTo(6);
      }
    }
  }

  @Test
  void trainsAsTransformersDoes() throws IOException {
    JsonNode trajectory = expected().path("trajectory");
    TrainingSpec spec =
        new TrainingSpec(
            3,
            0,
            2,
            2,
            SPEC,
            new ScheduleSpec(ScheduleSpec.Kind.LINEAR, 2, 0),
            TrainingSpec.LossMean.TOKENS,
            false,
            0);
    JsonNode fixture = Fixtures.json("train/qwen2-tied-lora.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", fixture.path("peft_config"), base, 0);
        var initial =
            SafetensorsFile.open(Fixtures.path("train/qwen2-tied-lora.initial.safetensors"));
        Trainer trainer =
            new Trainer(base, tunable, TrajectoryTest.examples(fixture.path("batches")), spec)) {
      tunable.parameters().forEach((key, array) -> Tensors.write(array, initial.floats(key)));
      assertThat(trainer.totalSteps()).isEqualTo(trajectory.path("steps").size());
      for (JsonNode step : trajectory.path("steps")) {
        StepReport report = trainer.next();
        double norm = step.path("grad_norm").doubleValue();
        assertThat(report.loss()).isEqualTo(step.path("loss").doubleValue(), within(1e-4));
        assertThat(report.gradNorm()).isEqualTo(norm, within(1e-4 * norm));
        assertThat(report.learningRate()).isEqualTo(step.path("lr").doubleValue(), within(1e-12));
      }
      trajectory
          .path("final_every_7th")
          .properties()
          .forEach(
              entry -> {
                float[] values =
                    Tensors.floats(
                        Objects.requireNonNull(tunable.parameters().get(entry.getKey())));
                for (int i = 0; i < entry.getValue().size(); i++) {
                  assertThat(values[7 * i])
                      .as(entry.getKey())
                      .isEqualTo((float) entry.getValue().get(i).doubleValue(), within(1e-4f));
                }
              });
      long moments = trainer.moments().values().stream().mapToLong(PtNDArray::size).sum();
      long parameters = tunable.parameters().values().stream().mapToLong(PtNDArray::size).sum();
      assertThat(moments).isLessThan(parameters / 2);
    }
  }

  @Test
  void isKnownByTransformersNames() {
    assertThat(OptimizerSpec.Kind.named("adafactor")).isEqualTo(OptimizerSpec.Kind.ADAFACTOR);
    assertThat(OptimizerSpec.Kind.named("adamw_torch_fused"))
        .isEqualTo(OptimizerSpec.Kind.ADAMW)
        .extracting(OptimizerSpec.Kind::label)
        .isEqualTo("adamw_torch");
    assertThatThrownBy(() -> OptimizerSpec.Kind.named("lion_8bit"))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("OPTIMIZER_NOT_SUPPORTED");
              assertThat(problem.details().get("mend")).contains("adafactor", "adamw_torch");
            });
  }
}
