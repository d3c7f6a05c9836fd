package dev.tuneline.engine.adapter.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterProbe;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loaded prompts and prefixes give PEFT's numbers, and what is saved is what PEFT saves. */
class PromptLearningParityTest {
  private static final float LOGITS = 2e-4f;

  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource({
    "qwen2-tied, prefix_tuning, p_tuning_v2",
    "qwen2-tied, prefix_tuning_projection, p_tuning_v2",
    "qwen2-tied, p_tuning, p_tuning",
    "qwen2-untied, p_tuning_lstm, p_tuning",
    "qwen2-tied, prompt_tuning, prompt_tuning",
    "gpt2, prefix_tuning, p_tuning_v2",
    "gpt2, prefix_tuning_projection, p_tuning_v2"
  })
  void logitsScoresAndAnswersEqualPeft(String model, String kind, String method) {
    String folder = "adapters/" + model + "-" + kind;
    JsonNode expected = Fixtures.json(folder + "/expected.json");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + model));
        Adapter adapter = Methods.load(Fixtures.path(folder), base)) {
      assertThat(adapter.method()).isEqualTo(method);
      assertThat(adapter.virtualTokens()).isEqualTo(5);
      assertThat(AdapterProbe.effect(base, adapter)).isPositive();
      List<GenerationRequest> requests = new ArrayList<>();
      List<int[]> greedy = new ArrayList<>();
      for (JsonNode prompt : expected.path("prompts")) {
        int[] ids = Fixtures.ints(prompt.path("input_ids"));
        float[] logits = lastLogits(base, adapter, ids);
        assertThat(Arrays.copyOf(logits, 64))
            .containsExactly(Fixtures.floats(prompt.path("logits_last_first64")), within(LOGITS));
        requireScore(prompt, base, adapter);
        // One step mixes the adapter's sequences with the base model's.
        requests.add(GenerationRequest.greedy(ids, adapter, 16, Set.of()));
        requests.add(GenerationRequest.greedy(ids, null, 16, Set.of()));
        greedy.add(Fixtures.ints(prompt.path("greedy_16")));
      }
      List<int[]> answers = new Generator(base).generate(requests);
      JsonNode plain = Fixtures.json("models/" + model + "/expected.json").path("prompts");
      for (int i = 0; i < greedy.size(); i++) {
        assertThat(answers.get(2 * i)).containsExactly(greedy.get(i));
        assertThat(answers.get(2 * i + 1))
            .containsExactly(Fixtures.ints(plain.get(i).path("greedy_16")));
      }
    }
  }

  private static void requireScore(JsonNode prompt, BaseModel base, Adapter adapter) {
    Scorer.Completion completion =
        new Scorer.Completion(
            list(Fixtures.ints(prompt.path("input_ids"))),
            list(Fixtures.ints(prompt.path("completion_ids"))),
            adapter);
    Scorer.Score score = new Scorer(base).score(List.of(completion)).getFirst();
    float[] logProbs = Fixtures.floats(prompt.path("completion_logprobs"));
    assertThat(score.tokens()).isEqualTo(logProbs.length);
    for (int t = 0; t < logProbs.length; t++) {
      assertThat(score.logProbs().get(t)).isEqualTo(logProbs[t], within((double) LOGITS));
    }
  }

  /** The encoder of a finished PEFT job gives what PEFT saved for it. */
  @ParameterizedTest
  @CsvSource({"qwen2-tied-prefix_tuning", "qwen2-tied-prefix_tuning_projection"})
  void savesWhatPeftSaves(String name) throws Exception {
    JsonNode fixture = Fixtures.json("train/" + name + ".json");
    Path peft = Fixtures.path("train/" + name + ".final_adapter_model.safetensors");
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("p_tuning_v2", fixture.path("peft_config"), base, 0);
        var last = SafetensorsFile.open(Fixtures.path("train/" + name + ".final.safetensors"));
        var expected = SafetensorsFile.open(peft)) {
      tunable.parameters().forEach((key, array) -> Tensors.write(array, last.floats(key)));
      tunable.save(temp);
      try (var saved = SafetensorsFile.open(temp.resolve("adapter_model.safetensors"))) {
        assertThat(saved.tensors().keySet()).isEqualTo(expected.tensors().keySet());
        assertThat(saved.floats("prompt_embeddings"))
            .containsExactly(expected.floats("prompt_embeddings"), within(1e-6f));
      }
      JsonNode config = new ObjectMapper().readTree(temp.resolve("adapter_config.json").toFile());
      for (var option : fixture.path("peft_config").properties()) {
        if (!option.getValue().isNull()
            && !List.of("base_model_name_or_path", "peft_version", "inference_mode")
                .contains(option.getKey())) {
          assertThat(config.path(option.getKey())).as(option.getKey()).isEqualTo(option.getValue());
        }
      }
      JsonNode after = fixture.path("after_training_eval");
      try (Adapter loaded = Methods.load(temp, base)) {
        assertThat(
                Arrays.copyOf(lastLogits(base, loaded, Fixtures.ints(after.path("input_ids"))), 32))
            .containsExactly(Fixtures.floats(after.path("logits_last_first32")), within(LOGITS));
      }
    }
  }

  private static List<Integer> list(int[] ids) {
    return Arrays.stream(ids).boxed().toList();
  }

  private static float[] lastLogits(BaseModel base, @Nullable Adapter adapter, int[] ids) {
    Batch batch = Batch.builder().sequence(ids, null, adapter).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }
}
