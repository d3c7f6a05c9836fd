package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Training equals PyTorch, transformers and PEFT, step by step. */
class TrajectoryTest {
  /** A file of steps, and which of its two loss conventions. */
  record Case(String name, String convention) {
    /** What follows the base model's name is the method, as PEFT calls it. */
    String method() {
      String method = name.substring(name.lastIndexOf('-') + 1);
      return method.startsWith("prefix_tuning") ? "p_tuning_v2" : method.replace("_lstm", "");
    }

    TrainingSpec.LossMean mean() {
      return convention.equals("token_mean")
          ? TrainingSpec.LossMean.TOKENS
          : TrainingSpec.LossMean.MICRO_BATCHES;
    }
  }

  static List<Case> cases() throws IOException {
    try (Stream<Path> files = Files.list(Fixtures.path("train"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json") && !name.equals("units.json"))
          .map(name -> name.substring(0, name.length() - 5))
          .sorted()
          .flatMap(name -> Stream.of(new Case(name, "mean_of_means"), new Case(name, "token_mean")))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void trainsAsTheReferenceDoes(Case given) {
    String file = "train/" + given.name();
    String method = given.method();
    String convention = given.convention();
    JsonNode fixture = Fixtures.json(file + ".json");
    List<TrainingExample> examples = examples(fixture.path("batches"));
    Path model = Fixtures.path(fixture.path("base_model").asText());
    try (BaseModel base = BaseModel.load(model);
        Tunable tunable = tunable(method, file, fixture, base);
        Trainer trainer = new Trainer(base, tunable, examples, spec(given.mean()))) {
      assertThat(trainer.totalSteps()).isEqualTo(12);
      for (JsonNode expected : fixture.path(convention).path("steps")) {
        StepReport report = trainer.next();
        String step = "step " + report.step();
        double norm = expected.path("grad_norm").doubleValue();
        assertThat(report.step()).isEqualTo(expected.path("step").intValue());
        assertThat(report.loss())
            .as(step)
            .isEqualTo(expected.path("loss").doubleValue(), within(1e-4));
        assertThat(report.gradNorm()).as(step).isEqualTo(norm, within(1e-4 * norm));
        assertThat(report.learningRate())
            .as(step)
            .isEqualTo(expected.path("lr").doubleValue(), within(1e-9));
        assertThat(l2(tunable.parameters()))
            .as(step)
            .isEqualTo(expected.path("param_l2").doubleValue(), within(1e-3));
        for (int m = 0; m < 2; m++) {
          assertThat(report.microLosses().get(m))
              .isEqualTo(expected.path("micro_loss").get(m).doubleValue(), within(1e-4));
        }
      }
      assertThat(trainer.finished()).isTrue();
      JsonNode summary = fixture.path(convention).path("final_weight_summary");
      if (method.equals("full")) {
        requireSummary(summary, tunable, 2e-3f);
      } else if (convention.equals("token_mean")) {
        requireSummary(summary, tunable, 1e-4f);
      } else {
        requireFinal(file, tunable);
      }
    }
  }

  private static void requireFinal(String path, Tunable tunable) {
    try (var file = SafetensorsFile.open(Fixtures.path(path + ".final.safetensors"))) {
      assertThat(file.tensors().keySet()).hasSize(tunable.parameters().size());
      tunable
          .parameters()
          .forEach(
              (name, array) ->
                  assertThat(Tensors.floats(array))
                      .as(name)
                      .containsExactly(file.floats(name), within(1e-4f)));
    }
  }

  private static void requireSummary(JsonNode summary, Tunable tunable, float tolerance) {
    assertThat(summary.size()).isEqualTo(tunable.parameters().size());
    Map<String, JsonNode> byName = new HashMap<>();
    summary.properties().forEach(e -> byName.put(e.getKey().replace(".default", ""), e.getValue()));
    tunable
        .parameters()
        .forEach(
            (name, array) -> {
              JsonNode expected = Objects.requireNonNull(byName.get(name), name);
              float[] values = Tensors.floats(array);
              JsonNode strided = expected.path("values_strided");
              assertThat(strided.size()).as(name).isPositive();
              for (int i = 0; i < strided.size(); i++) {
                assertThat(values[i * expected.path("stride").intValue()])
                    .as(name)
                    .isEqualTo((float) strided.get(i).doubleValue(), within(tolerance));
              }
            });
  }

  private static Tunable tunable(String method, String name, JsonNode fixture, BaseModel base) {
    if (method.equals("full")) {
      return Methods.start("full", new ObjectMapper().createObjectNode(), base, 0);
    }
    Tunable tunable = Methods.start(method, fixture.path("peft_config"), base, 0);
    try (var file = SafetensorsFile.open(Fixtures.path(name + ".initial.safetensors"))) {
      tunable.parameters().forEach((key, array) -> Tensors.write(array, file.floats(key)));
    }
    return tunable;
  }

  static TrainingSpec spec(TrainingSpec.LossMean mean) {
    return new TrainingSpec(
        3,
        0,
        2,
        2,
        new OptimizerSpec(5e-3, 0.9, 0.999, 1e-8, 0.01, 1),
        new ScheduleSpec(ScheduleSpec.Kind.COSINE, 2, 0),
        mean,
        false,
        0);
  }

  /** The fixture's right-padded rows without their padding. */
  static List<TrainingExample> examples(JsonNode batches) {
    List<TrainingExample> examples = new ArrayList<>();
    for (JsonNode batch : batches) {
      for (int row = 0; row < batch.path("input_ids").size(); row++) {
        int length = 0;
        for (JsonNode real : batch.path("attention_mask").get(row)) {
          length += real.intValue();
        }
        examples.add(
            new TrainingExample(
                Arrays.copyOf(Fixtures.ints(batch.path("input_ids").get(row)), length),
                Arrays.copyOf(Fixtures.ints(batch.path("labels").get(row)), length)));
      }
    }
    return examples;
  }

  private static double l2(Map<String, PtNDArray> parameters) {
    double squares = 0;
    for (PtNDArray parameter : parameters.values()) {
      for (float value : Tensors.floats(parameter)) {
        squares += (double) value * value;
      }
    }
    return Math.sqrt(squares);
  }
}
