package dev.tuneline.engine.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What methods refuse, and that it is named. */
class MethodsTest {
  @TempDir Path temp;

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
        "lora | use_qalora | true",
        "lora | lora_bias | true",
        "lora | trainable_token_indices | [1, 2]",
        "lora | layer_replication | [[0, 2]]",
        "lora | init_lora_weights | \"pissa\"",
        "lora | something_new | 3",
        "adalora | use_dora | true",
        "adalora | target_modules | [\"embed_tokens\"]",
        "ia3 | target_modules | [\"embed_tokens\", \"down_proj\"]",
        "ia3 | bias | \"all\"",
        "full | r | 8"
      })
  void namesUnsupportedOptions(String method, String key, String value) throws IOException {
    ObjectNode options = new ObjectMapper().createObjectNode();
    options.set(key, new ObjectMapper().readTree(value));
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      assertThatThrownBy(() -> Methods.start(method, options, base, 0))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("UNSUPPORTED_METHOD_OPTION");
                assertThat(p.details()).containsEntry(Problem.FIELD, key);
              });
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lora | r | 0",
        "lora | r | 2.5",
        "lora | rank_pattern | {\"q_proj\": 0}",
        "lora | rank_pattern | {\"q_proj(\": 2}",
        "lora | alpha_pattern | {\"q_proj\": 0}",
        "lora | target_modules | \"q_proj(\"",
        "lora | target_modules | [1]",
        "lora | layers_pattern | \"layers\"",
        "lora | bias | \"some\"",
        "lora | lora_dropout | 1",
        "adalora | target_r | 20",
        "adalora | beta1 | 1",
        "adalora | orth_reg_weight | -1",
        "adalora | rank_pattern | {\"q_proj\": [1]}",
        "ia3 | feedforward_modules | [\"up_proj\"]"
      })
  void namesIllOptions(String method, String key, String value) throws IOException {
    ObjectNode options = new ObjectMapper().createObjectNode();
    options.set(key, new ObjectMapper().readTree(value));
    try (BaseModel base = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      assertThatThrownBy(() -> Methods.start(method, options, base, 0))
          .isInstanceOfSatisfying(
              Problem.class,
              p -> {
                assertThat(p.reason()).isEqualTo("MALFORMED_METHOD_OPTIONS");
                assertThat(p.details()).containsEntry(Problem.FIELD, key);
              });
    }
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
}
