package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.tensor.Tensors;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every model of the fixtures gives transformers' numbers, under each of its configurations. */
class ArchitectureParityTest {
  /** A model folder, one of its config files, and the figures for it. */
  record Case(Path folder, String config, String expected) {
    @Override
    public String toString() {
      return folder.getFileName() + "/" + config;
    }
  }

  @TempDir Path temp;

  @ParameterizedTest
  @MethodSource("cases")
  void givesTransformersNumbers(Case given) throws IOException {
    JsonNode expected =
        new ObjectMapper().readTree(given.folder().resolve(given.expected()).toFile());
    try (BaseModel model = load(given)) {
      ModelParity parity = new ModelParity(model, expected);
      parity.logitsOfEveryPrompt();
      parity.greedyTokens();
      parity.completionScores();
      if (expected.has("left_padded_batch")) {
        parity.leftPaddedBatch();
        parity.lossOfTheTrainingBatch();
        parity.cachedStepsEqualTheWhole();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void startsAfresh(Case given) throws IOException {
    Path folder = folder(given);
    int[] ids = {51, 266, 323, 78};
    try (BaseModel loaded = BaseModel.load(folder);
        BaseModel fresh = BaseModel.initialise(folder, 3);
        BaseModel same = BaseModel.initialise(folder, 3)) {
      assertThat(fresh.parameterCount()).isEqualTo(loaded.parameterCount());
      float[][] logits = ModelParity.allLogits(fresh, ids);
      assertThat(logits).isDeepEqualTo(ModelParity.allLogits(same, ids));
      for (float logit : logits[3]) {
        assertThat(logit).isBetween(-2f, 2f);
      }
      fresh
          .weights()
          .all()
          .forEach(
              (name, weight) ->
                  assertThat(Tensors.floats(weight)[0])
                      .as(name)
                      .isNotEqualTo(Tensors.floats(loaded.weights().get(name))[0]));
    }
  }

  static List<Case> cases() throws IOException {
    try (Stream<Path> folders = Files.list(Fixtures.path("models"))) {
      return folders.sorted().flatMap(ArchitectureParityTest::configurations).toList();
    }
  }

  private static Stream<Case> configurations(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("config.*\\.json"))
          .sorted()
          .map(
              name -> {
                String variant = name.substring("config".length(), name.length() - 5);
                boolean own = variant.startsWith("_");
                return new Case(folder, name, "expected" + (own ? variant : "") + ".json");
              })
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private BaseModel load(Case given) throws IOException {
    return BaseModel.load(folder(given));
  }

  /** A copy of the folder whose config.json is the one wanted. */
  private Path folder(Case given) throws IOException {
    if (given.config().equals("config.json")) {
      return given.folder();
    }
    try (Stream<Path> files = Files.list(given.folder())) {
      for (Path file : files.toList()) {
        Files.copy(file, temp.resolve(file.getFileName().toString()));
      }
    }
    Files.copy(
        given.folder().resolve(given.config()),
        temp.resolve("config.json"),
        StandardCopyOption.REPLACE_EXISTING);
    return temp;
  }
}
