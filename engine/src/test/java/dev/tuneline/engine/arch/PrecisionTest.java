package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.ModelFolder;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.DType;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The same models held in 4 bits and in bf16. */
class PrecisionTest {
  @Test
  void anNf4BaseWithALoraAdapterGivesTheReferencesLogits() {
    JsonNode expected = Fixtures.json("quant/expected.json").path("qlora_forward");
    try (BaseModel base = load(expected.path("base").asText(), Precision.NF4);
        Adapter adapter = Methods.load(Fixtures.path(expected.path("adapter").asText()), base)) {
      List<String> quantised =
          base.decoder().linears().values().stream()
              .filter(linear -> linear.matrix() instanceof Nf4Matrix)
              .map(Linear::module)
              .toList();
      List<String> named = new ArrayList<>();
      expected.path("quantised_linears").forEach(name -> named.add(name.asText()));
      assertThat(quantised).isEqualTo(named);
      JsonNode bare = expected.path("base_only_logits_last_first64");
      int at = 0;
      for (JsonNode prompt : expected.path("prompts")) {
        int[] ids = Fixtures.ints(prompt.path("input_ids"));
        assertClose(last(base, ids, null), bare.get(at++), 2e-4);
        assertClose(last(base, ids, adapter), prompt.path("logits_last_first64"), 2e-4);
        assertThat(greedy(base, ids, adapter, 8))
            .containsExactly(Fixtures.ints(prompt.path("greedy_8")));
      }
    }
  }

  /**
   * @param largest how far the bf16 logits of transformers are from its fp32 ones over the same
   *     weights, relative, at best over the prompts
   */
  @ParameterizedTest
  @CsvSource({"qwen2-tied,0.0146", "qwen2-untied,0.0090"})
  void bfloat16RoundsNoMoreThanTransformersDoes(String name, double largest, @TempDir Path temp) {
    Path rounded = inBfloat16(name, temp);
    JsonNode prompts = Fixtures.json("models/" + name + "/expected.json").path("prompts");
    try (BaseModel exact = BaseModel.load(rounded);
        BaseModel base = BaseModel.load(rounded, Precision.BF16)) {
      assertThat(base.digest()).isEqualTo(exact.digest());
      for (JsonNode prompt : prompts) {
        int[] ids = Fixtures.ints(prompt.path("input_ids"));
        float[] expected = last(exact, ids, null);
        float[] actual = last(base, ids, null);
        assertThat(actual).isNotEqualTo(expected);
        assertThat(distance(actual, expected) / distance(expected, new float[expected.length]))
            .isLessThan(largest);
        assertThat(greedy(base, ids, null, 16)).hasSize(16);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bloom", "chatglm3", "glm", "gpt2", "llama", "mistral", "qwen3"})
  void everyArchitectureRunsInEveryPrecision(String name) {
    JsonNode prompt = Fixtures.json("models/" + name + "/expected.json").path("prompts").get(0);
    int[] ids = Fixtures.ints(prompt.path("input_ids"));
    float[] expected = Fixtures.floats(prompt.path("logits_last"));
    double size = distance(expected, new float[expected.length]);
    for (Precision precision : Precision.values()) {
      try (BaseModel base = load("models/" + name, precision)) {
        double error = distance(last(base, ids, null), expected) / size;
        switch (precision) {
          case FP32 -> assertThat(error).isLessThan(1e-5);
          case BF16 -> assertThat(error).isBetween(1e-5, 0.03);
          case NF4 -> {
            assertThat(error).isBetween(0.03, 0.6);
            assertThat(base.decoder().linears().values())
                .allSatisfy(
                    l -> assertThat(l.matrix() instanceof Nf4Matrix).isNotEqualTo(l.isHead()));
          }
        }
      }
    }
  }

  @Test
  void aBfloat16BaseTakesFp32WeightsRoundedToTheNearest(@TempDir Path temp) {
    Path rounded = inBfloat16("qwen2-tied", temp);
    try (BaseModel widened = BaseModel.load(rounded);
        BaseModel base = load("models/qwen2-tied", Precision.BF16);
        Scope _ = new Scope()) {
      String name = "model.layers.1.mlp.up_proj.weight";
      float[] expected = Tensors.floats(widened.weights().floats(name));
      assertThat(Tensors.floats(base.weights().floats(name))).containsExactly(expected);
      assertThat(base.weights().get(name)).matches(Tensors::isBfloat16);
    }
  }

  /** A copy of a fixture whose configuration asks for bf16, so that its weights are saved so. */
  private static Path inBfloat16(String name, Path temp) {
    try {
      Path asked = Files.createDirectory(temp.resolve("asked"));
      Path saved = Files.createDirectory(temp.resolve("saved"));
      try (Stream<Path> files = Files.list(Fixtures.path("models/" + name))) {
        for (Path file : files.toList()) {
          Files.copy(file, asked.resolve(file.getFileName().toString()));
        }
      }
      Path config = asked.resolve("config.json");
      String text = Files.readString(config).replace("\"float32\"", "\"bfloat16\"");
      Files.writeString(config, text);
      try (BaseModel base = BaseModel.load(asked)) {
        ModelFolder.write(base, Map.of(), saved);
      }
      try (SafetensorsFile file = SafetensorsFile.open(saved.resolve("model.safetensors"))) {
        assertThat(file.tensors().values()).allMatch(entry -> entry.dtype() == DType.BF16);
      }
      return saved;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void loraTrainsOverABaseInAnyPrecision(Precision precision) {
    ObjectNode options = JsonNodeFactory.instance.objectNode();
    options.put("r", 4).putArray("target_modules").add("q_proj").add("down_proj");
    TrainingExample example = TrainingExample.ofText(new int[] {5, 9, 2, 7, 5, 9, 2, 7, 5, 9});
    List<TrainingExample> text = Collections.nCopies(4, example);
    TrainingSpec spec = TrainingSpec.of(30, 4, 1, 1e-2, 3);
    try (BaseModel base = load("models/qwen2-tied", precision);
        Tunable tunable =
            Methods.start(precision == Precision.NF4 ? "qlora" : "lora", options, base, 3);
        Trainer trainer = new Trainer(base, tunable, text, spec)) {
      double first = trainer.next().loss();
      double last = first;
      while (!trainer.finished()) {
        last = trainer.next().loss();
      }
      assertThat(first).isGreaterThan(3);
      assertThat(last).isLessThan(first / 4);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FP32", "BF16"})
  void qloraNeedsABaseIn4Bits(Precision precision) {
    try (BaseModel base = load("models/qwen2-tied", precision)) {
      ObjectNode none = JsonNodeFactory.instance.objectNode();
      assertThatThrownBy(() -> Methods.start("qlora", none, base, 1))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("UNSUPPORTED_PRECISION"));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "NF4"})
  void fullTuningNeedsWeightsInFp32(Precision precision) {
    try (BaseModel base = load("models/qwen2-tied", precision)) {
      ObjectNode none = JsonNodeFactory.instance.objectNode();
      assertThatThrownBy(() -> Methods.start("full", none, base, 1))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("UNSUPPORTED_PRECISION"));
    }
  }

  @Test
  void anUnknownPrecisionIsRefused() {
    assertThat(Precision.named("bf16")).isEqualTo(Precision.BF16);
    assertThatThrownBy(() -> Precision.named("int8"))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.reason()).isEqualTo("UNKNOWN_PRECISION"));
  }

  private static BaseModel load(String folder, Precision precision) {
    return BaseModel.load(Fixtures.path(folder), precision);
  }

  private static int[] greedy(BaseModel base, int[] ids, @Nullable Adaptation adapter, int tokens) {
    var request = GenerationRequest.greedy(ids, adapter, tokens, Set.of());
    return new Generator(base).generate(List.of(request)).getFirst();
  }

  private static float[] last(BaseModel base, int[] ids, @Nullable Adaptation adapter) {
    Batch batch = Batch.builder().sequence(ids, null, adapter).logitsAfter(ids.length - 1).build();
    try (var _ = GradientMode.off();
        Scope _ = new Scope()) {
      return Tensors.floats(base.decoder().forward(batch));
    }
  }

  private static void assertClose(float[] actual, JsonNode expected, double tolerance) {
    for (int i = 0; i < expected.size(); i++) {
      assertThat((double) actual[i]).isEqualTo(expected.get(i).doubleValue(), within(tolerance));
    }
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += Math.pow((double) a[i] - b[i], 2);
    }
    return Math.sqrt(squares);
  }
}
