package dev.tuneline.engine.arch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QwenParityTest {
  private static final float LOGITS = 2e-4f;

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen2-untied"})
  void logitsEqualTransformers(String name) {
    JsonNode expected = Fixtures.json("models/" + name + "/expected.json");
    try (BaseModel model = BaseModel.load(Fixtures.path("models/" + name))) {
      for (JsonNode prompt : expected.path("prompts")) {
        int[] ids = Fixtures.ints(prompt.path("input_ids"));
        float[][] logits = allLogits(model, ids);
        assertThat(logits[ids.length - 1])
            .containsExactly(Fixtures.floats(prompt.path("logits_last")), within(LOGITS));
        for (JsonNode place : prompt.path("logits_first16")) {
          assertThat(Arrays.copyOf(logits[place.path("position").intValue()], 16))
              .containsExactly(Fixtures.floats(place.path("values")), within(LOGITS));
        }
        int[] argmax = Arrays.stream(logits).mapToInt(QwenParityTest::argmax).toArray();
        assertThat(argmax).containsExactly(Fixtures.ints(prompt.path("argmax_per_position")));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"qwen2-tied", "qwen2-untied"})
  void concatenatedSequencesEqualThePaddedBatch(String name) {
    JsonNode padded = Fixtures.json("models/" + name + "/expected.json").path("left_padded_batch");
    try (BaseModel model = BaseModel.load(Fixtures.path("models/" + name))) {
      Batch.Builder batch = Batch.builder();
      for (int i = 0; i < padded.path("input_ids").size(); i++) {
        int[] ids =
            realTokens(padded.path("input_ids").get(i), padded.path("attention_mask").get(i));
        batch.sequence(ids, null, null).logitsAfter(ids.length - 1);
      }
      float[][] logits = logits(model, batch.build());
      for (int i = 0; i < logits.length; i++) {
        assertThat(Arrays.copyOf(logits[i], 16))
            .containsExactly(
                Fixtures.floats(padded.path("logits_last_first16").get(i)), within(LOGITS));
        assertThat(argmax(logits[i])).isEqualTo(padded.path("argmax_last").get(i).intValue());
      }
    }
  }

  @Test
  void cachedStepsEqualTheWholeSequence() {
    JsonNode expected = Fixtures.json("models/qwen2-tied/expected.json");
    try (BaseModel model = BaseModel.load(Fixtures.path("models/qwen2-tied"));
        KeyValueCache cache = new KeyValueCache(model.shape(), 1)) {
      int[] ids = Fixtures.ints(expected.path("prompts").get(0).path("input_ids"));
      float[][] whole = allLogits(model, ids);
      int at = 0;
      for (int length : new int[] {5, 1, 1, 7, 1, 10}) {
        int[] chunk = Arrays.copyOfRange(ids, at, at + length);
        at += length;
        Batch batch = Batch.builder().sequence(chunk, cache, null).logitsAfter(length - 1).build();
        assertThat(logits(model, batch)[0]).containsExactly(whole[at - 1], within(2e-5f));
        assertThat(cache.length()).isEqualTo(at);
      }
      assertThat(at).isEqualTo(ids.length);
    }
  }

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
      assertThat(allLogits(now, ids)).isDeepEqualTo(allLogits(old, ids));
      assertThat(now.eosIds()).containsExactly(597, 599);
      assertThat(now.digest()).isNotEqualTo(old.digest()).hasSize(64);
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

  private static int[] realTokens(JsonNode ids, JsonNode mask) {
    return IntStream.range(0, ids.size())
        .filter(i -> mask.get(i).intValue() == 1)
        .map(i -> ids.get(i).intValue())
        .toArray();
  }

  private static float[][] allLogits(BaseModel model, int[] ids) {
    Batch.Builder batch = Batch.builder().sequence(ids, null, null);
    for (int i = 0; i < ids.length; i++) {
      batch.logitsAfter(i);
    }
    return logits(model, batch.build());
  }

  private static float[][] logits(BaseModel model, Batch batch) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      PtNDArray logits = model.decoder().forward(batch);
      float[] flat = Tensors.floats(logits);
      int vocab = model.shape().vocab();
      float[][] rows = new float[flat.length / vocab][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Arrays.copyOfRange(flat, i * vocab, (i + 1) * vocab);
      }
      return rows;
    }
  }

  private static int argmax(float[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      if (row[i] > row[best]) {
        best = i;
      }
    }
    return best;
  }
}
