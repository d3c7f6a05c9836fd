package dev.tuneline.platform.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelFoldersTest {
  @TempDir Path root;

  @ParameterizedTest
  @CsvSource({
    "qwen2-tied, 256",
    "llama, 256",
    "gpt2, 96",
    "chatglm3, 256",
    "glm, 256",
    "bloom, 2048"
  })
  void readsTheContextOfEveryArchitecture(String name, int tokens) {
    ModelFolders models = new ModelFolders(Path.of("../../fixtures/models"));

    assertThat(models.contextTokens(name, "base_model")).isEqualTo(tokens);
  }

  @Test
  void namesWhatCannotBeUsed() throws IOException {
    Files.writeString(Files.createDirectory(root.resolve("cut")).resolve("config.json"), "{\"a\"");
    ModelFolders models = new ModelFolders(root);

    assertThatThrownBy(() -> models.contextTokens("cut", "base_model"))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.reason()).isEqualTo("UNUSABLE_BASE_MODEL"));
    assertThatThrownBy(() -> models.folder("../cut", "base_model"))
        .isInstanceOfSatisfying(
            Problem.class, p -> assertThat(p.reason()).isEqualTo("BASE_MODEL_NOT_FOUND"));
  }
}
