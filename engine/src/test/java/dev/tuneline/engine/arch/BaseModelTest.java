package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuneline.engine.Fixtures;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BaseModelTest {
  @TempDir Path temp;

  @Test
  void bothConfigLayoutsGiveOneModel() throws IOException {
    Path source = Fixtures.path("models/qwen2-untied");
    try (var files = Files.list(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, temp.resolve(file.getFileName()));
      }
    }
    Files.copy(
        source.resolve("config.v5.json"),
        temp.resolve("config.json"),
        StandardCopyOption.REPLACE_EXISTING);
    int[] ids = {51, 266, 323, 78};
    try (BaseModel old = BaseModel.load(source);
        BaseModel now = BaseModel.load(temp)) {
      assertThat(ModelParity.allLogits(now, ids)).isDeepEqualTo(ModelParity.allLogits(old, ids));
      assertThat(now.eosIds()).containsExactly(597, 599);
      assertThat(now.digest()).isNotEqualTo(old.digest()).hasSize(64);
    }
  }

  @Test
  void logitsOfSomeRowsAreThoseAmongAll() {
    int[] first = {51, 266, 323, 78};
    int[] second = {7, 9, 11};
    try (BaseModel model = BaseModel.load(Fixtures.path("models/qwen2-tied"))) {
      Batch some =
          Batch.builder()
              .sequence(first, null, null)
              .logitsAfter(1)
              .logitsAfter(3)
              .sequence(second, null, null)
              .logitsAfter(0)
              .build();
      float[][] all = ModelParity.allLogits(model, first);
      float[][] asked = ModelParity.logits(model, some);
      assertThat(asked[0]).containsExactly(all[1], within(1e-5f));
      assertThat(asked[1]).containsExactly(all[3], within(1e-5f));
      assertThat(asked[2]).containsExactly(ModelParity.allLogits(model, second)[0], within(1e-5f));
    }
  }

  @Test
  void refusesAnUnknownArchitecture() throws IOException {
    Files.writeString(temp.resolve("config.json"), "{\"model_type\": \"mamba\"}");
    assertThatThrownBy(() -> BaseModel.load(temp))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("UNKNOWN_ARCHITECTURE");
              assertThat(p.details()).containsEntry(Problem.FIELD, "model_type");
            });
  }

  @Test
  void namesEveryWeightThatDoesNotFit() throws IOException {
    Path source = Fixtures.path("models/qwen2-tied");
    Files.copy(source.resolve("model.safetensors"), temp.resolve("model.safetensors"));
    String config = Files.readString(source.resolve("config.json"));
    Files.writeString(
        temp.resolve("config.json"),
        config
            .replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3")
            .replace("\"intermediate_size\": 96", "\"intermediate_size\": 90"));
    assertThatThrownBy(() -> BaseModel.load(temp))
        .isInstanceOfSatisfying(
            Problem.class,
            p -> {
              assertThat(p.reason()).isEqualTo("WEIGHTS_MISMATCH");
              assertThat(p.message())
                  .contains("model.layers.2.self_attn.q_proj.bias is missing")
                  .contains("model.layers.0.mlp.up_proj.weight is [96, 64], not [90, 64]");
            });
  }
}
