package dev.tuneline.engine.adapter.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.adapter.Adapter;
import dev.tuneline.engine.adapter.Methods;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.FinishReason;
import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.engine.generation.Generator;
import dev.tuneline.engine.generation.Scorer;
import dev.tuneline.engine.generation.Sequence;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.engine.training.Trainer;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.engine.training.Validation;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Beginnings, limits and refusals; the numbers are in {@link PromptLearningParityTest}. */
class PromptLearningTest {
  private final BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"));
  private final int context = base.shape().maxPositions();

  @TempDir Path temp;

  @AfterEach
  void close() {
    base.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "p_tuning_v2   | {} | MALFORMED_METHOD_OPTIONS | num_virtual_tokens",
        "prompt_tuning | {'num_virtual_tokens': 0} | MALFORMED_METHOD_OPTIONS | num_virtual_tokens",
        "p_tuning      | {'num_virtual_tokens': 'many'} | MALFORMED_METHOD_OPTIONS |"
            + " num_virtual_tokens",
        "p_tuning_v2   | {'num_virtual_tokens': 100000} | MALFORMED_METHOD_OPTIONS |"
            + " num_virtual_tokens",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'token_dim': 64} | ADAPTER_MISMATCH | token_dim",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'num_layers': 3} | ADAPTER_MISMATCH |"
            + " num_layers",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'num_attention_heads': 4} | ADAPTER_MISMATCH |"
            + " num_attention_heads",
        "p_tuning      | {'num_virtual_tokens': 4, 'token_dim': 32} | ADAPTER_MISMATCH | token_dim",
        "p_tuning      | {'num_virtual_tokens': 4, 'encoder_reparameterization_type': 'GRU'} |"
            + " MALFORMED_METHOD_OPTIONS | encoder_reparameterization_type",
        "p_tuning      | {'num_virtual_tokens': 4, 'encoder_hidden_size': 0} |"
            + " MALFORMED_METHOD_OPTIONS | encoder_hidden_size",
        "p_tuning      | {'num_virtual_tokens': 4, 'encoder_dropout': 1} | MALFORMED_METHOD_OPTIONS"
            + " | encoder_dropout",
        "prompt_tuning | {'num_virtual_tokens': 4, 'prompt_tuning_init': 'TEXT'} |"
            + " MALFORMED_METHOD_OPTIONS | prompt_tuning_init_text",
        "prompt_tuning | {'num_virtual_tokens': 4, 'prompt_tuning_init': 'ZERO'} |"
            + " MALFORMED_METHOD_OPTIONS | prompt_tuning_init",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'init_weights': 'one'} |"
            + " UNSUPPORTED_METHOD_OPTION | init_weights",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'num_transformer_submodules': 2} |"
            + " UNSUPPORTED_METHOD_OPTION | num_transformer_submodules",
        "prompt_tuning | {'num_virtual_tokens': 4, 'modules_to_save': ['lm_head']} |"
            + " UNSUPPORTED_METHOD_OPTION | modules_to_save",
        "p_tuning_v2   | {'num_virtual_tokens': 4, 'r': 8} | UNSUPPORTED_METHOD_OPTION | r"
      })
  void namesTheOptionThatIsWrong(String method, String options, String reason, String field)
      throws JsonProcessingException {
    JsonNode json = json(options);
    assertProblem(reason, field, () -> Methods.start(method, json, base, 1));
  }

  @Test
  void namesTheTensorThatIsMisshapenAndTheFile() throws IOException {
    Path source = Fixtures.path("adapters/qwen2-tied-prompt_tuning");
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(source.resolve(file), temp.resolve(file));
    }
    Path config = temp.resolve("adapter_config.json");
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(config.toFile());
    Files.writeString(config, json.put("num_virtual_tokens", 6).toString());
    assertThatThrownBy(() -> Methods.load(temp, base))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("ADAPTER_MISMATCH");
              assertThat(p.message()).contains("prompt_embeddings is [5, 64], not [6, 64]");
            });
    Files.writeString(config, json.put("token_dim", 48).toString());
    assertThatThrownBy(() -> Methods.load(temp, base))
        .isInstanceOfSatisfying(
            Problem.class,
            p ->
                assertThat(p.details())
                    .containsEntry(Problem.FIELD, "token_dim")
                    .containsEntry(Problem.FILE, config.toString()));
  }

  @Test
  void beginsWithTorchsDistributions() throws JsonProcessingException {
    try (Tunable prefix = start("p_tuning_v2", "{'num_virtual_tokens': 60}", 1);
        Tunable lstm =
            start(
                "p_tuning",
                "{'num_virtual_tokens': 4, 'encoder_reparameterization_type': 'LSTM',"
                    + " 'encoder_hidden_size': 16, 'encoder_num_layers': 2}",
                1)) {
      float[] table = values(prefix, "prompt_encoder.embedding.weight");
      assertThat(mean(table)).isEqualTo(0, within(0.05));
      assertThat(meanSquare(table)).isEqualTo(1, within(0.05));
      assertThat(lstm.parameters().sequencedKeySet())
          .contains(
              "prompt_encoder.lstm_head.weight_ih_l0_reverse", "prompt_encoder.mlp_head.2.bias")
          .hasSize(1 + 2 * 2 * 4 + 4);
      float[] recurrent = values(lstm, "prompt_encoder.lstm_head.weight_hh_l1_reverse");
      requireUniform(recurrent, 1 / Math.sqrt(16));
      requireUniform(values(lstm, "prompt_encoder.mlp_head.0.weight"), 1 / Math.sqrt(32));
    }
  }

  @Test
  void theSameSeedBeginsTheSame() throws JsonProcessingException {
    String options = "{'num_virtual_tokens': 3}";
    try (Tunable one = start("p_tuning", options, 1);
        Tunable same = start("p_tuning", options, 1);
        Tunable other = start("p_tuning", options, 2)) {
      String name = "prompt_encoder.mlp_head.4.weight";
      assertThat(values(one, name)).containsExactly(values(same, name));
      assertThat(values(one, name)).isNotEqualTo(values(other, name));
    }
  }

  @Test
  void zeroPrefixesBeginAsZeros() throws IOException {
    for (boolean projected : List.of(true, false)) {
      String options =
          "{'num_virtual_tokens': 3, 'init_weights': 'zero', 'prefix_projection': %s}"
              .formatted(projected);
      Path folder = Files.createDirectory(temp.resolve("projected-" + projected));
      try (Tunable tunable = start("p_tuning_v2", options, 1)) {
        tunable.save(folder);
      }
      try (Adapter adapter = Methods.load(folder, base)) {
        PtNDArray keys = Objects.requireNonNull(adapter.prefix()).keys().getFirst();
        assertThat(Tensors.floats(keys)).containsOnly(0).hasSize(3 * 32);
      }
    }
  }

  @Test
  void beginsWithTheEmbeddingsOfATextOrOfTheVocabulary() throws IOException {
    int hidden = base.shape().hidden();
    float[] embeddings = Tensors.floats(base.weights().get("model.embed_tokens.weight"));
    int[] ids;
    try (Tokenizer tokenizer = Tokenizer.load(base.folder())) {
      ids = tokenizer.encode("劳动合同到期公司不续签", true);
    }
    for (int count : List.of(ids.length - 1, 2 * ids.length + 1)) {
      String options =
          "{'num_virtual_tokens': %d, 'prompt_tuning_init': 'TEXT', 'prompt_tuning_init_text': '劳动合同到期公司不续签'}"
              .formatted(count);
      try (Tunable tunable = start("prompt_tuning", options, 1)) {
        Path folder = Files.createDirectory(temp.resolve("of-" + count));
        tunable.save(folder);
        Path saved = folder.resolve("adapter_config.json");
        assertThat(
                new ObjectMapper().readTree(saved.toFile()).path("tokenizer_name_or_path").asText())
            .as("PEFT refuses a text without a tokenizer")
            .isEqualTo("qwen2-tied");
        float[] table = values(tunable, "prompt_encoder.embedding.weight");
        for (int i = 0; i < count; i++) {
          assertThat(row(table, i, hidden))
              .containsExactly(row(embeddings, ids[i % ids.length], hidden));
        }
      }
    }
    String options = "{'num_virtual_tokens': 9, 'prompt_tuning_init': 'SAMPLE_VOCAB'}";
    try (Tunable tunable = start("prompt_tuning", options, 1)) {
      float[] table = values(tunable, "prompt_encoder.embedding.weight");
      for (int i = 0; i < 9; i++) {
        float[] row = row(table, i, hidden);
        assertThat(IntStream.range(0, base.shape().vocab()))
            .anyMatch(id -> Arrays.equals(row, row(embeddings, id, hidden)));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"prefix_tuning", "prompt_tuning"})
  void virtualTokensTakeRoomInTheContext(String kind) {
    try (Adapter adapter = Methods.load(Fixtures.path("adapters/qwen2-tied-" + kind), base)) {
      int room = context - 5;
      assertThat(base.shape().room(adapter)).isEqualTo(room);
      Generator generator = new Generator(base);
      assertProblem(
          "PROMPT_TOO_LONG",
          "prompt",
          () ->
              generator.start(GenerationRequest.greedy(new int[room], adapter, 4, Set.of()), null));
      try (Sequence last =
          generator.start(
              GenerationRequest.greedy(new int[room - 2], adapter, 9, Set.of()), null)) {
        while (last.finishReason() == null) {
          generator.step(List.of(last));
        }
        assertThat(last.finishReason()).isEqualTo(FinishReason.LENGTH);
        assertThat(last.ids()).hasSize(3);
      }
      List<Integer> one = List.of(1);
      List<Integer> full = Collections.nCopies(room, 1);
      assertThat(
              new Scorer(base)
                  .score(List.of(new Scorer.Completion(full.subList(1, room), one, adapter))))
          .hasSize(1);
      assertProblem(
          "PROMPT_TOO_LONG",
          "prompt",
          () -> new Scorer(base).score(List.of(new Scorer.Completion(full, one, adapter))));
      List<TrainingExample> examples = List.of(TrainingExample.ofText(new int[room + 1]));
      assertThatThrownBy(() -> Validation.of(base, adapter, examples, 1))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("EXAMPLE_TOO_LONG"));
    }
  }

  @Test
  void anExampleWithoutRoomForVirtualTokensIsRefusedBeforeTraining()
      throws JsonProcessingException {
    List<TrainingExample> examples = List.of(TrainingExample.ofText(new int[context - 3]));
    TrainingSpec spec = TrainingSpec.of(1, 1, 1, 1e-3, 1);
    try (Tunable fits = start("prompt_tuning", "{'num_virtual_tokens': 3}", 1);
        Tunable tooMany = start("prompt_tuning", "{'num_virtual_tokens': 4}", 1);
        Trainer trainer = new Trainer(base, fits, examples, spec)) {
      assertThat(trainer.next().tokens()).isEqualTo(context - 1);
      assertThatThrownBy(() -> new Trainer(base, tooMany, examples, spec))
          .isInstanceOfSatisfying(
              Problem.class, p -> assertThat(p.reason()).isEqualTo("EXAMPLE_TOO_LONG"));
    }
  }

  private Tunable start(String method, String options, long seed) throws JsonProcessingException {
    return Methods.start(method, json(options), base, seed);
  }

  private static JsonNode json(String options) throws JsonProcessingException {
    return new ObjectMapper().readTree(options.replace('\'', '"'));
  }

  private static float[] values(Tunable tunable, String parameter) {
    return Tensors.floats(Objects.requireNonNull(tunable.parameters().get(parameter), parameter));
  }

  private static float[] row(float[] matrix, int row, int width) {
    return Arrays.copyOfRange(matrix, row * width, (row + 1) * width);
  }

  private static void requireUniform(float[] values, double bound) {
    for (float value : values) {
      assertThat((double) value).isBetween(-bound, bound);
    }
    assertThat(meanSquare(values)).isEqualTo(bound * bound / 3, within(bound * bound / 20));
  }

  private static double mean(float[] values) {
    return IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElseThrow();
  }

  private static double meanSquare(float[] values) {
    return IntStream.range(0, values.length)
        .mapToDouble(i -> (double) values[i] * values[i])
        .average()
        .orElseThrow();
  }

  private static void assertProblem(String reason, String field, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo(reason);
              assertThat(p.details()).containsEntry(Problem.FIELD, field);
            });
  }
}
