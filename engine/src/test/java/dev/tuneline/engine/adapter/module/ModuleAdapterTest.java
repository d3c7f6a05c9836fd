package dev.tuneline.engine.adapter.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.AdapterFiles;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleAdapterTest {
  private static final int[] IDS = {1, 20, 300, 40, 5, 60, 7};

  @TempDir Path temp;

  /** PEFT's {@code get_nb_trainable_parameters} over the same base model. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qwen2-tied | lora | {'r':4,'target_modules':['q_proj','v_proj'],'bias':'lora_only'} | 1984"
            + " | 102720",
        "qwen2-tied | lora | {'r':4,'target_modules':['q_proj'],'modules_to_save':['norm']} | 1344"
            + " | 102272",
        "gpt2 | lora | {'r':4,'target_modules':['c_attn'],'bias':'all'} | 2640 | 91584",
        "gpt2 | lora | {'r':4,'target_modules':['c_attn'],'bias':'all','modules_to_save':['ln_f']}"
            + " | 2688 | 91680",
        "qwen2-tied | lora | {'r':4,'target_modules':'all-linear','modules_to_save':['lm_head']} |"
            + " 46336 | 147264",
        "qwen2-tied | dora | {'r':4,'target_modules':['q_proj','embed_tokens']} | 3904 | 104832",
        "qwen2-tied | ia3 | {} | 384 | 101312",
        "qwen2-tied | adalora | {'init_r':6,'target_r':4} | 2712 | 103644"
      })
  void countsWhatPeftCounts(String model, String method, String options, long trained, long total)
      throws IOException {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + model));
        Tunable tunable = Methods.start(method, json(options), base, 1)) {
      assertThat(tunable.count().trained()).isEqualTo(trained);
      assertThat(tunable.count().total()).isEqualTo(total);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora | {'r':65,'target_modules':['q_proj']} | r | q_proj",
        "lora | {'r':33,'target_modules':['q_proj','v_proj']} | r | v_proj",
        "rslora | {'r':4,'rank_pattern':{'k_proj':33},'target_modules':'all-linear'} | r | k_proj",
        "dora | {'r':65,'target_modules':['embed_tokens']} | r | embed_tokens",
        "adalora | {'init_r':33,'target_r':4,'target_modules':['k_proj']} | init_r | k_proj"
      })
  void refusesARankAboveTheMatrixsOwn(String method, String options, String key, String module) {
    try (BaseModel base = BaseModel.outline(Fixtures.path("models/qwen2-tied"), Precision.FP32)) {
      assertThatThrownBy(() -> Methods.start(method, json(options), base, 1).close())
          .isInstanceOfSatisfying(
              Problem.class,
              problem -> {
                assertThat(problem.details()).containsEntry(Problem.FIELD, key);
                assertThat(problem.details()).containsKey(Problem.MEND);
                assertThat(problem).hasMessageContaining(module);
              });
    }
  }

  @Test
  void anOutlineCountsLikeTheModelItself() throws IOException {
    for (Precision precision : Precision.values()) {
      try (BaseModel base = BaseModel.outline(Fixtures.path("models/qwen2-tied"), precision);
          Tunable tunable = Methods.start("dora", json("{'r':4}"), base, 1);
          BaseModel loaded = BaseModel.load(Fixtures.path("models/qwen2-tied"), precision);
          Tunable same = Methods.start("dora", json("{'r':4}"), loaded, 1)) {
        assertThat(tunable.count()).isEqualTo(same.count());
        assertThat(tunable.parameters().keySet()).isEqualTo(same.parameters().keySet());
      }
    }
  }

  @Test
  void adaptersOfAllKindsInOneBatchGiveWhatEachGivesAlone() {
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      List<@Nullable Adapter> adapters = new ArrayList<>();
      adapters.add(null);
      for (String kind :
          List.of("lora", "lora_dora", "lora_bias", "adalora", "ia3", "prefix_tuning")) {
        adapters.add(Methods.load(Fixtures.path("adapters/qwen2-tied-" + kind), base));
      }
      List<GenerationRequest> requests =
          adapters.stream().map(a -> GenerationRequest.greedy(IDS, a, 12, Set.of())).toList();
      Generator generator = new Generator(base);
      List<int[]> together = generator.generate(requests);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(together.get(i))
            .containsExactly(generator.generate(List.of(requests.get(i))).getFirst());
      }
      assertThat(together.stream().map(Arrays::toString).distinct().count()).isGreaterThan(3);
      for (Adapter adapter : adapters) {
        if (adapter != null) {
          adapter.close();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qwen2-tied | lora |"
            + " {'target_modules':['embed_tokens','q_proj'],'init_lora_weights':false}",
        "qwen2-tied | lora | {'target_modules':['lm_head'],'init_lora_weights':false}",
        "qwen2-tied | dora | {'target_modules':['embed_tokens'],'init_lora_weights':false}",
        "gpt2 | dora | {'target_modules':['wte','c_fc'],'init_lora_weights':false}",
        "qwen2-tied | lora | {'lora_alpha':-16,'init_lora_weights':false}",
        "bloom | ia3 | {'init_ia3_weights':false}",
        "gpt2 | adalora | {'init_lora_weights':false}"
      })
  void aMergedModelGivesWhatTheAdapterGives(String model, String method, String options)
      throws IOException {
    float[] adapted;
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + model));
        Tunable tunable = Methods.start(method, json(options), base, 1)) {
      adapted = logits(base, tunable.adaptation());
      assertThat(Math.abs(adapted[0] - logits(base, null)[0])).isGreaterThan(1e-2f);
      ((Adapter) tunable).saveMerged(temp);
    }
    try (BaseModel merged = BaseModel.load(temp)) {
      assertThat(logits(merged, null)).containsExactly(adapted, within(5e-3f));
      boolean parted = options.contains("lm_head") || options.matches(".*(embed_tokens|wte).*");
      if (parted) {
        assertThat(json(Files.readString(temp.resolve("config.json"))).path("tie_word_embeddings"))
            .isEqualTo(json("false"));
        assertThat(merged.weights().shapes()).containsKey("lm_head.weight");
      }
    }
  }

  @Test
  void anOrthogonalStartFillsBothFactorsAndChangesNothing() throws IOException {
    String options = "{'r':6,'init_lora_weights':'orthogonal'}";
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        Tunable tunable = Methods.start("lora", json(options), base, 1)) {
      assertThat(logits(base, tunable.adaptation()))
          .containsExactly(logits(base, null), within(1e-4f));
      tunable.save(temp);
      try (var saved = SafetensorsFile.open(temp.resolve(AdapterFiles.WEIGHTS))) {
        for (String factor : List.of("A", "B")) {
          float[] values =
              saved.floats(
                  "base_model.model.model.layers.0.self_attn.q_proj.lora_" + factor + ".weight");
          assertThat(values).doesNotContain(0f);
        }
      }
    }
  }

  @Test
  void trainsCopiesOfModulesToSaveAndKeepsTheBase() throws IOException {
    String options = "{'target_modules':['q_proj'],'modules_to_save':['lm_head','embed_tokens']}";
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-untied"));
        Tunable tunable = Methods.start("lora", json(options), base, 1)) {
      assertThat(logits(base, tunable.adaptation()))
          .containsExactly(logits(base, null), within(1e-5f));
      tunable.save(temp);
      try (var saved = SafetensorsFile.open(temp.resolve(AdapterFiles.WEIGHTS))) {
        assertThat(saved.floats("base_model.model.lm_head.weight"))
            .containsExactly(Tensors.floats(base.weights().get("lm_head.weight")));
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "qwen3 | {'modules_to_save':['q_norm','k_norm','input_layernorm','model.norm']} | 7",
        "gpt2 | {'bias':'all','modules_to_save':['ln_f']} | 14",
        "bloom | {'bias':'all'} | 14"
      })
  void trainsNormsAndAllBiasesThroughEveryWay(String model, String options, int trained)
      throws IOException {
    Path peft = Files.createDirectory(temp.resolve("peft"));
    Path merged = Files.createDirectory(temp.resolve("merged"));
    float[] adapted;
    try (BaseModel base = BaseModel.load(Fixtures.path("models/" + model));
        Tunable tunable = Methods.start("lora", json(options), base, 1)) {
      List<String> names =
          tunable.parameters().keySet().stream().filter(name -> !name.contains("lora_")).toList();
      assertThat(names).hasSize(trained).noneMatch(tunable::decays);
      step(base, tunable);
      adapted = logits(base, tunable.adaptation());
      assertThat(logits(base, null)).isNotEqualTo(adapted);
      tunable.save(peft);
      ((Adapter) tunable).saveMerged(merged);
      try (Adapter loaded = Methods.load(peft, base)) {
        assertThat(logits(base, loaded)).isEqualTo(adapted);
        GenerationRequest alone = GenerationRequest.greedy(IDS, loaded, 8, Set.of());
        GenerationRequest other = GenerationRequest.greedy(IDS, null, 8, Set.of());
        Generator generator = new Generator(base);
        assertThat(generator.generate(List.of(other, alone)).get(1))
            .isEqualTo(generator.generate(List.of(alone)).getFirst());
      }
    }
    try (BaseModel whole = BaseModel.load(merged)) {
      assertThat(logits(whole, null)).containsExactly(adapted, within(1e-4f));
    }
  }

  /** A few steps that move every parameter. */
  private static void step(BaseModel base, Tunable tunable) {
    TrainingExample example = TrainingExample.of(new int[] {1, 20, 300}, new int[] {40, 5, 60, 7});
    TrainingSpec spec = TrainingSpec.of(3, 2, 1, 5e-2, 3);
    try (Trainer trainer = new Trainer(base, tunable, List.of(example, example), spec)) {
      Map<String, float[]> before = new HashMap<>();
      tunable.parameters().forEach((name, p) -> before.put(name, Tensors.floats(p)));
      while (!trainer.finished()) {
        trainer.next();
      }
      tunable
          .parameters()
          .forEach(
              (name, p) ->
                  assertThat(Arrays.equals(Tensors.floats(p), before.get(name)))
                      .as(name)
                      .isFalse());
    }
  }

  @Test
  void namesTheTensorThatHoldsNaN() throws IOException {
    Path source = Fixtures.path("adapters/qwen2-tied-lora_dora");
    Path weights = temp.resolve(AdapterFiles.WEIGHTS);
    Files.copy(source.resolve(AdapterFiles.CONFIG), temp.resolve(AdapterFiles.CONFIG));
    Files.copy(source.resolve(AdapterFiles.WEIGHTS), weights);
    try (var file = new RandomAccessFile(weights.toFile(), "rw")) {
      file.seek(file.length() - 4);
      file.writeInt(Integer.reverseBytes(Float.floatToIntBits(Float.NaN)));
    }
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      assertThatThrownBy(() -> Methods.load(temp, base))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("NON_FINITE_WEIGHTS");
                assertThat(p.message()).contains("base_model.model.model.layers.1");
              });
    }
  }

  @Test
  void refusesACopyOfAnotherBasesEmbeddings() throws IOException {
    Path source = Fixtures.path("adapters/qwen2-untied-lora_embed_target");
    Path model = Files.createDirectory(temp.resolve("model"));
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-untied"))) {
      float[] table = Tensors.floats(base.weights().get("model.embed_tokens.weight"));
      table[5] += 1;
      Tensors.write(base.weights().get("model.embed_tokens.weight"), table);
      try (Tunable full = Methods.start("full", json("{}"), base, 1)) {
        full.save(model);
      }
    }
    try (BaseModel other = BaseModel.load(model)) {
      assertThatThrownBy(() -> Methods.load(source, other))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("ADAPTER_MISMATCH");
                assertThat(p.message()).contains("embed_tokens.base_layer.weight");
              });
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text.replace('\'', '"'));
  }

  private static float[] logits(BaseModel base, @Nullable Adaptation adapter) {
    Batch batch = Batch.builder().sequence(IDS, null, adapter).logitsAfter(IDS.length - 1).build();
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }
}
