package dev.tuneline.engine.merging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.generation.Scorer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MergeMainTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @TempDir Path temp;

  @Test
  void writesAModelThatAnswersAsBaseAndAdapterDo() throws Exception {
    Path merged = temp.resolve("merged");
    assertThat(run("models/gpt2", "adapters/gpt2-lora", merged)).isZero();
    assertThat(out.toString(UTF_8)).contains("lora over gpt2").contains(merged.toString());
    JsonNode prompt = Fixtures.json("adapters/gpt2-lora/expected.json").path("prompts").get(0);
    try (BaseModel model = BaseModel.load(merged)) {
      Scorer.Completion completion =
          new Scorer.Completion(
              ids(prompt.path("input_ids")), ids(prompt.path("completion_ids")), null);
      assertThat(new Scorer(model).score(List.of(completion)).getFirst().loss())
          .isCloseTo(prompt.path("loss").doubleValue(), within(1e-4));
    }
    assertThat(merged.resolve("tokenizer.json")).exists();
    assertThat(temp).isDirectoryNotContaining("glob:**.part");
  }

  @Test
  void refusesAnAdapterOfAnotherBaseAndLeavesNothing() {
    assertThat(run("models/qwen3", "adapters/gpt2-lora", temp.resolve("merged"))).isOne();
    assertThat(err.toString(UTF_8))
        .contains("ADAPTER_MISMATCH")
        .contains("base_model.model.transformer.h.0.attn.c_attn.lora_A.weight fits no module")
        .contains("base_model.model.transformer.h.1.mlp.c_proj.lora_B.weight fits no module");
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void refusesPromptsWhichHaveNoWeights() {
    assertThat(run("models/qwen2-tied", "adapters/qwen2-tied-p_tuning", temp.resolve("merged")))
        .isOne();
    assertThat(err.toString(UTF_8)).contains("UNMERGEABLE_ADAPTER");
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void keepsAFolderThatIsThere() throws Exception {
    Path there = Files.createDirectory(temp.resolve("merged"));
    assertThat(run("models/gpt2", "adapters/gpt2-lora", there)).isOne();
    assertThat(err.toString(UTF_8)).contains("FOLDER_EXISTS");
    assertThat(there).isEmptyDirectory();
  }

  @Test
  void wantsThreeFolders() {
    assertThat(MergeMain.run(new PrintStream(out), new PrintStream(err), "one")).isEqualTo(2);
    assertThat(err.toString(UTF_8)).startsWith("usage: tuneline merge BASE ADAPTER OUT");
  }

  private int run(String base, String adapter, Path target) {
    return MergeMain.run(
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8),
        Fixtures.path(base).toString(),
        Fixtures.path(adapter).toString(),
        target.toString());
  }

  private static List<Integer> ids(JsonNode array) {
    return Arrays.stream(Fixtures.ints(array)).boxed().toList();
  }
}
