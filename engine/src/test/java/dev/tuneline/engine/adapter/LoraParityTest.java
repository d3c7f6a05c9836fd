package dev.tuneline.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.lora.LoraAdapter;
import dev.tuneline.engine.adapter.lora.LoraConfig;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.Validation;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Loaded adapters give PEFT's numbers. */
class LoraParityTest {
  private static final float LOGITS = 2e-4f;

  @TempDir Path temp;

  static List<String> architectures() throws IOException {
    try (Stream<Path> folders = Files.list(Fixtures.path("adapters"))) {
      return folders
          .map(folder -> folder.getFileName().toString())
          .filter(name -> name.endsWith("-lora"))
          .map(name -> name.substring(0, name.length() - "-lora".length()))
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void logitsEqualPeft(String name) {
    JsonNode expected = Fixtures.json("adapters/" + name + "-lora/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + name));
        Adapter adapter = Methods.load(Fixtures.path("adapters/" + name + "-lora"), base)) {
      assertThat(adapter.method()).isEqualTo("lora");
      for (JsonNode prompt : expected.path("prompts")) {
        float[] logits = lastLogits(base, adapter, Fixtures.ints(prompt.path("input_ids")));
        assertThat(Arrays.copyOf(logits, 64))
            .containsExactly(Fixtures.floats(prompt.path("logits_last_first64")), within(LOGITS));
        int[] top = Fixtures.ints(prompt.path("logits_last_top10").path("ids"));
        float[] values = Fixtures.floats(prompt.path("logits_last_top10").path("values"));
        for (int i = 0; i < top.length; i++) {
          assertThat(logits[top[i]]).isEqualTo(values[i], within(LOGITS));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void completionScoresEqualPeft(String name) {
    String folder = "adapters/" + name + "-lora";
    JsonNode expected = Fixtures.json(folder + "/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + name));
        Adapter adapter = Methods.load(Fixtures.path(folder), base)) {
      requireScores(expected, base, adapter);
    }
  }

  private static void requireScores(JsonNode expected, BaseModel base, Adaptation adaptation) {
    List<Scorer.Completion> completions =
        expected
            .path("prompts")
            .valueStream()
            .map(
                p ->
                    new Scorer.Completion(
                        list(p.path("input_ids")), list(p.path("completion_ids")), adaptation))
            .toList();
    List<Scorer.Score> scores = new Scorer(base).score(completions);
    for (int i = 0; i < scores.size(); i++) {
      JsonNode prompt = expected.path("prompts").get(i);
      float[] logProbs = Fixtures.floats(prompt.path("completion_logprobs"));
      assertThat(scores.get(i).tokens()).isEqualTo(logProbs.length);
      for (int t = 0; t < logProbs.length; t++) {
        assertThat(scores.get(i).logProbs().get(t))
            .isEqualTo((double) logProbs[t], within((double) LOGITS));
      }
      assertThat(scores.get(i).loss()).isEqualTo(prompt.path("loss").doubleValue(), within(1e-4));
      Validation alone =
          Validation.of(
              base,
              adaptation,
              List.of(
                  TrainingExample.of(
                      Fixtures.ints(prompt.path("input_ids")),
                      Fixtures.ints(prompt.path("completion_ids")))),
              1);
      assertThat(alone.loss()).isEqualTo(prompt.path("loss").doubleValue(), within(1e-4));
    }
    JsonNode batch = expected.path("right_padded_training_batch");
    List<TrainingExample> padded =
        IntStream.range(0, batch.path("input_ids").size())
            .mapToObj(
                i ->
                    new TrainingExample(
                        Fixtures.ints(batch.path("input_ids").get(i)),
                        Fixtures.ints(batch.path("labels").get(i))))
            .toList();
    Validation validation = Validation.of(base, adaptation, padded, 8);
    assertThat(validation.labelTokens()).isEqualTo(batch.path("num_label_tokens").intValue());
    assertThat(validation.loss())
        .isEqualTo(batch.path("loss_token_mean").doubleValue(), within(1e-4));
  }

  @ParameterizedTest
  @MethodSource("architectures")
  void mergedWeightsEqualPeft(String name) {
    JsonNode expected = Fixtures.json("adapters/" + name + "-lora/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + name));
        LoraAdapter adapter = LoraAdapter.load(Fixtures.path("adapters/" + name + "-lora"), base)) {
      adapter.saveMerged(temp);
    }
    try (BaseModel merged = BaseModel.load(temp)) {
      expected
          .path("merged_weight_rows")
          .properties()
          .forEach(
              field -> {
                PtNDArray weight = merged.weights().get(field.getKey());
                int width = Math.toIntExact(weight.getShape().get(1));
                assertThat(Arrays.copyOfRange(Tensors.floats(weight), 3 * width, 3 * width + 8))
                    .as(field.getKey())
                    .containsExactly(Fixtures.floats(field.getValue()), within(1e-5f));
              });
      for (int i = 0; i < expected.path("merged").size(); i++) {
        int[] ids = Fixtures.ints(expected.path("prompts").get(i).path("input_ids"));
        assertThat(Arrays.copyOf(lastLogits(merged, null, ids), 32))
            .containsExactly(
                Fixtures.floats(expected.path("merged").get(i).path("logits_last_first32")),
                within(5e-4f));
      }
    }
  }

  @Test
  void aSavedAdapterIsPeftsOwnByteForByte() throws IOException {
    Path source = Fixtures.path("adapters/qwen2-tied-lora");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        LoraAdapter adapter = LoraAdapter.load(source, base)) {
      adapter.save(temp);
    }
    assertThat(temp.resolve("adapter_model.safetensors"))
        .hasSameBinaryContentAs(source.resolve("adapter_model.safetensors"));
    ObjectMapper json = new ObjectMapper();
    JsonNode saved = json.readTree(temp.resolve("adapter_config.json").toFile());
    JsonNode original = json.readTree(source.resolve("adapter_config.json").toFile());
    for (String key : List.of("peft_type", "r", "lora_alpha", "target_modules", "use_rslora")) {
      assertThat(saved.path(key)).as(key).isEqualTo(original.path(key));
    }
  }

  @Test
  void namesEveryTensorOfAnAdapterForAnotherBase() {
    try (BaseModel other = BaseModel.load(Fixtures.path("models/qwen2-untied"))) {
      assertThatThrownBy(() -> Methods.load(Fixtures.path("adapters/qwen2-tied-lora"), other))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("ADAPTER_MISMATCH");
                assertThat(p.message())
                    .contains("layers.0.mlp.down_proj.lora_A.weight is [4, 96], not [4, 64]")
                    .contains("layers.1.self_attn.q_proj.lora_B.weight");
              });
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "use_dora | true",
        "bias | \"lora_only\"",
        "modules_to_save | [\"lm_head\"]",
        "rank_pattern | {\"q_proj\": 2}",
        "layers_to_transform | [1]",
        "target_modules | \"all-linear\"",
        "something_new | 3"
      })
  void namesUnsupportedOptions(String key, String value) throws IOException {
    ObjectNode options = new ObjectMapper().createObjectNode();
    options.putArray("target_modules").add("q_proj");
    options.set(key, new ObjectMapper().readTree(value));
    assertThatThrownBy(() -> LoraConfig.parse(new MethodOptions(options)))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("UNSUPPORTED_METHOD_OPTION");
              assertThat(p.details()).containsEntry(Problem.FIELD, key);
            });
  }

  @Test
  void refusesRankZeroUnknownTargetsAndMethods() {
    ObjectNode options = new ObjectMapper().createObjectNode();
    options.putArray("target_modules").add("c_attn");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      assertReason("UNMATCHED_TARGET", () -> Methods.start("lora", options, base, 0));
      assertReason("UNKNOWN_METHOD", () -> Methods.start("magic", options, base, 0));
      options.put("r", 0);
      assertReason("MALFORMED_METHOD_OPTIONS", () -> Methods.start("lora", options, base, 0));
    }
  }

  @Test
  void theSameSeedGivesTheSameAdapter() throws IOException {
    ObjectNode options = new ObjectMapper().createObjectNode();
    options.put("r", 4).putArray("target_modules").add("q_proj").add("v_proj");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      for (String name : List.of("a", "b", "c")) {
        try (Tunable tunable = Methods.start("rslora", options, base, name.equals("c") ? 2 : 1)) {
          assertThat(tunable.method()).isEqualTo("rslora");
          assertThat(tunable.parameterCount()).isEqualTo(2 * (4 * 64 + 64 * 4 + 4 * 64 + 32 * 4));
          tunable.save(Files.createDirectory(temp.resolve(name)));
        }
      }
    }
    Path a = temp.resolve("a/adapter_model.safetensors");
    assertThat(temp.resolve("b/adapter_model.safetensors")).hasSameBinaryContentAs(a);
    assertThat(Files.mismatch(a, temp.resolve("c/adapter_model.safetensors"))).isNotNegative();
  }

  private static void assertReason(String reason, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Problem.class, p -> assertThat(p.reason()).isEqualTo(reason));
  }

  private static List<Integer> list(JsonNode ids) {
    return Arrays.stream(Fixtures.ints(ids)).boxed().toList();
  }

  private static float[] lastLogits(BaseModel base, @Nullable Adaptation adaptation, int[] ids) {
    Batch batch =
        Batch.builder().sequence(ids, null, adaptation).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }
}
