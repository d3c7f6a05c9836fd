package dev.tuneline.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.module.ModuleAdapter;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.Architectures;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.Validation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that PEFT wrote give PEFT's numbers, loaded and merged, and are saved as PEFT does. */
class AdapterParityTest {
  private static final float LOGITS = 2e-4f;
  private static final float MERGED = 5e-4f;
  private static final Set<String> TYPES = Set.of("LORA", "ADALORA", "IA3");

  @TempDir Path temp;

  /** The fixtures' adapters that change modules of a base model of a known architecture. */
  static List<String> adapters() throws IOException {
    try (Stream<Path> folders = Files.list(Fixtures.path("adapters"))) {
      List<String> names = new ArrayList<>();
      for (Path folder : folders.sorted().toList()) {
        String name = String.valueOf(folder.getFileName());
        JsonNode config = Fixtures.json("adapters/" + name + "/adapter_config.json");
        JsonNode model = Fixtures.json("models/" + model(name) + "/config.json");
        if (TYPES.contains(config.path("peft_type").asText())
            && Architectures.modelTypes().contains(model.path("model_type").asText())) {
          names.add(name);
        }
      }
      return names;
    }
  }

  private static String model(String adapter) {
    return adapter.substring(0, adapter.lastIndexOf('-'));
  }

  private static JsonNode expected(String adapter) {
    return Fixtures.json("adapters/" + adapter + "/expected.json");
  }

  private static BaseModel base(String adapter) {
    return BaseModel.load(Fixtures.path("models/" + model(adapter)));
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void logitsAndGreedyTokensEqualPeft(String name) {
    try (BaseModel base = base(name);
        Adapter adapter = Methods.load(Fixtures.path("adapters/" + name), base)) {
      for (JsonNode prompt : expected(name).path("prompts")) {
        int[] ids = Fixtures.ints(prompt.path("input_ids"));
        float[] logits = lastLogits(base, adapter, ids);
        assertThat(Arrays.copyOf(logits, 64))
            .containsExactly(Fixtures.floats(prompt.path("logits_last_first64")), within(LOGITS));
        int[] top = Fixtures.ints(prompt.path("logits_last_top10").path("ids"));
        float[] values = Fixtures.floats(prompt.path("logits_last_top10").path("values"));
        for (int i = 0; i < top.length; i++) {
          assertThat(logits[top[i]]).isEqualTo(values[i], within(LOGITS));
        }
        int[] greedy = Fixtures.ints(prompt.path("greedy_16"));
        GenerationRequest request = GenerationRequest.greedy(ids, adapter, greedy.length, Set.of());
        assertThat(new Generator(base).generate(List.of(request)).getFirst())
            .containsExactly(greedy);
      }
      assertThat(AdapterProbe.effect(base, adapter)).isGreaterThan(1e-3);
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void completionScoresEqualPeft(String name) {
    try (BaseModel base = base(name);
        Adapter adapter = Methods.load(Fixtures.path("adapters/" + name), base)) {
      requireScores(expected(name), base, adapter);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen2-untied"})
  void completionScoresWithoutAdapterEqualTransformers(String name) {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + name))) {
      requireScores(Fixtures.json("models/" + name + "/expected.json"), base, null);
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void mergedWeightsEqualPeft(String name) {
    JsonNode expected = expected(name);
    List<float[]> adapted = new ArrayList<>();
    try (BaseModel base = base(name);
        ModuleAdapter adapter = load(name, base)) {
      adapter.saveMerged(temp);
      for (JsonNode prompt : expected.path("prompts")) {
        adapted.add(lastLogits(base, adapter, Fixtures.ints(prompt.path("input_ids"))));
      }
    }
    try (BaseModel merged = BaseModel.load(temp)) {
      expected
          .path("merged_weight_rows")
          .properties()
          .forEach(
              field -> {
                String weight = field.getKey();
                assertThat(merged.weights().all()).containsKey(weight);
                long[] shape = merged.weights().get(weight).getShape().getShape();
                int width = shape.length == 1 ? 1 : (int) shape[1];
                int start = 3 * width;
                float[] values = Tensors.floats(merged.weights().get(weight));
                assertThat(Arrays.copyOfRange(values, start, start + Math.min(width, 8)))
                    .as(weight)
                    .containsExactly(Fixtures.floats(field.getValue()), within(1e-5f));
              });
      assertThat(expected.path("merged").size()).isPositive();
      for (int i = 0; i < expected.path("merged").size(); i++) {
        int[] ids = Fixtures.ints(expected.path("prompts").get(i).path("input_ids"));
        float[] logits = lastLogits(merged, null, ids);
        assertThat(Arrays.copyOf(logits, 32))
            .containsExactly(
                Fixtures.floats(expected.path("merged").get(i).path("logits_last_first32")),
                within(MERGED));
        assertThat(logits).containsExactly(adapted.get(i), within(MERGED));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void scalingsEqualPeft(String name) {
    JsonNode expected = expected(name).path("effective_scaling_per_module");
    try (BaseModel base = base(name);
        ModuleAdapter adapter = load(name, base)) {
      assertThat(adapter.scalings()).hasSize(expected.size());
      adapter
          .scalings()
          .forEach(
              (module, scaling) ->
                  assertThat(scaling)
                      .as(module)
                      .isEqualTo(expected.path(module).doubleValue(), within(1e-6)));
    }
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void aSavedAdapterIsPeftsOwn(String name) throws IOException {
    Path source = Fixtures.path("adapters/" + name);
    try (BaseModel base = base(name);
        ModuleAdapter adapter = load(name, base)) {
      adapter.save(temp);
    }
    assertThat(temp.resolve(AdapterFiles.WEIGHTS))
        .hasSameBinaryContentAs(source.resolve(AdapterFiles.WEIGHTS));
    ObjectMapper json = new ObjectMapper();
    JsonNode saved = json.readTree(temp.resolve(AdapterFiles.CONFIG).toFile());
    JsonNode original = json.readTree(source.resolve(AdapterFiles.CONFIG).toFile());
    for (var field : saved.properties()) {
      if (!field.getKey().equals("base_model_name_or_path")) {
        assertThat(field.getValue()).as(field.getKey()).isEqualTo(original.path(field.getKey()));
      }
    }
  }

  private static ModuleAdapter load(String name, BaseModel base) {
    return (ModuleAdapter) Methods.load(Fixtures.path("adapters/" + name), base);
  }

  static void requireScores(JsonNode expected, BaseModel base, @Nullable Adaptation adaptation) {
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

  private static List<Integer> list(JsonNode ids) {
    return Arrays.stream(Fixtures.ints(ids)).boxed().toList();
  }

  static float[] lastLogits(BaseModel base, @Nullable Adaptation adaptation, int[] ids) {
    Batch batch =
        Batch.builder().sequence(ids, null, adaptation).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }
}
