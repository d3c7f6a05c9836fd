package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a config.json asks is done, or refused by the name of its key. */
class ConfigurationTest {
  @TempDir Path temp;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama | quantization_config | {\"quant_method\": \"gptq\"} | quantization_config",
        "llama | rope_scaling | {\"rope_type\": \"longrope\"} | rope_scaling.rope_type",
        "llama | rope_parameters | {\"full_attention\": {}} | rope_parameters",
        "llama | rope_parameters | {\"partial_rotary_factor\": 0.5} | "
            + "rope_parameters.partial_rotary_factor",
        "llama | hidden_act | \"mish\" | hidden_act",
        "mistral | layer_types | [\"full_attention\", \"sliding_attention\"] | layer_types",
        "qwen2-tied | layer_types | [\"full_attention\", \"chunked_attention\"] | layer_types",
        "gpt2 | add_cross_attention | true | add_cross_attention",
        "gpt2 | activation_function | \"mish\" | activation_function",
        "chatglm3 | rmsnorm | false | rmsnorm",
        "chatglm3 | post_layer_norm | false | post_layer_norm",
        "chatglm3 | position_encoding_2d | true | position_encoding_2d",
        "chatglm3 | quantization_bit | 4 | quantization_bit",
        "chatglm3 | pre_seq_len | 128 | pre_seq_len",
        "chatglm3 | tie_word_embeddings | true | tie_word_embeddings"
      })
  void refusesWhatItDoesNotSupport(String model, String key, String value, String field)
      throws IOException {
    assertRefused(with(model, key, value), "UNSUPPORTED_CONFIG", field);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama | rope_scaling | {\"rope_type\": \"linear\"} | rope_scaling.factor",
        "llama | rope_scaling | {\"type\": \"yarn\", \"factor\": -1} | rope_scaling.factor",
        "llama | rope_scaling | {\"rope_type\": \"llama3\", \"factor\": 8, "
            + "\"low_freq_factor\": 4, \"high_freq_factor\": 4} | rope_scaling.high_freq_factor",
        "llama | rope_parameters | \"default\" | rope_parameters",
        "llama | rope_scaling | \"linear\" | rope_scaling",
        "llama | head_dim | 7 | head_dim",
        "llama | num_key_value_heads | 3 | num_key_value_heads",
        "qwen3 | layer_types | [\"full_attention\"] | layer_types",
        "qwen3 | layer_types | [\"full_attention\", \"sliding_attention\"] | layer_types",
        "glm | partial_rotary_factor | 1.5 | partial_rotary_factor",
        "gpt2 | n_head | 5 | n_head",
        "bloom | n_head | 7 | n_head",
        "chatglm3 | kv_channels | 6 | kv_channels",
        "chatglm3 | multi_query_group_num | 4 | multi_query_group_num",
        "chatglm3 | padded_vocab_size | null | padded_vocab_size"
      })
  void refusesWhatMakesNoModel(String model, String key, String value, String field)
      throws IOException {
    assertRefused(with(model, key, value), "MALFORMED_CONFIG", field);
  }

  @Test
  void readsTheNamesOfOlderFiles() throws IOException {
    ObjectNode bloom = config("bloom");
    bloom.set("n_embed", bloom.remove("hidden_size"));
    bloom.set("num_attention_heads", bloom.remove("n_head"));
    bloom.set("num_hidden_layers", bloom.remove("n_layer"));
    ObjectNode gpt2 = config("gpt2");
    gpt2.set("n_ctx", gpt2.remove("n_positions"));

    assertThat(read(bloom).shape()).isEqualTo(read(config("bloom")).shape());
    assertThat(read(gpt2).shape()).isEqualTo(read(config("gpt2")).shape());
  }

  @Test
  void aStretchedContextTakesMorePositions() throws IOException {
    assertThat(reach("null")).isEqualTo(256);
    assertThat(reach("{\"type\": \"linear\", \"factor\": 2.5}")).isEqualTo(640);
    assertThat(reach("{\"rope_type\": \"yarn\", \"factor\": 4}")).isEqualTo(1024);
    assertThat(
            reach(
                "{\"rope_type\": \"yarn\", \"factor\": 4,"
                    + " \"original_max_position_embeddings\": 32}"))
        .isEqualTo(256);
  }

  private int reach(String ropeScaling) throws IOException {
    return read(with("llama", "rope_scaling", ropeScaling)).shape().maxPositions();
  }

  private void assertRefused(ObjectNode config, String reason, String field) {
    assertThatThrownBy(() -> read(config))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo(reason);
              assertThat(p.details()).containsEntry(Problem.FIELD, field);
              assertThat(p.message()).contains(field);
            });
  }

  private static ObjectNode with(String model, String key, String value) throws IOException {
    ObjectNode config = config(model);
    config.set(key, new ObjectMapper().readTree(value));
    return config;
  }

  private static ObjectNode config(String model) {
    return Fixtures.json("models/" + model + "/config.json").deepCopy();
  }

  private Blueprint read(ObjectNode config) throws IOException {
    Path file = Files.writeString(temp.resolve("config.json"), config.toString());
    return Architectures.read(ConfigReader.open(file));
  }
}
