package dev.tuneline.engine.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that torch.save wrote, and what must not become of them. */
class TorchFileTest {
  private static final Path FOLDER = Path.of("src/test/resources/checkpoints");

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fp32",
        "fp16",
        "bf16",
        "fp64",
        "legacy",
        "legacy-bf16",
        "kinds",
        "module",
        "module-legacy"
      })
  void readsWhatTorchSaved(String name) throws IOException {
    JsonNode expected =
        new ObjectMapper().readTree(FOLDER.resolve("expected.json").toFile()).path(name + ".bin");
    assertThat(expected.size()).isPositive();
    try (WeightFile file = WeightFile.open(FOLDER.resolve(name + ".bin"))) {
      assertThat(file.tensors()).hasSize(expected.size());
      for (Map.Entry<String, JsonNode> field : expected.properties()) {
        TensorEntry entry = file.entry(field.getKey());
        JsonNode tensor = field.getValue();
        assertThat(entry.dtype().name()).isEqualTo(tensor.path("dtype").asText());
        assertThat(entry.dims())
            .isEqualTo(tensor.path("shape").valueStream().map(JsonNode::asLong).toList());
        assertThat(
                HexFormat.of().formatHex(file.bytes(entry.name()).toArray(ValueLayout.JAVA_BYTE)))
            .as(entry.name())
            .isEqualTo(tensor.path("hex").asText());
      }
    }
  }

  @Test
  void widensAndTransposes() {
    try (WeightFile wide = WeightFile.open(FOLDER.resolve("fp32.bin"));
        WeightFile half = WeightFile.open(FOLDER.resolve("bf16.bin"))) {
      float[] tied = wide.floats("tied.weight");
      assertThat(tied).containsExactly(wide.floats("plain.weight"));
      assertThat(half.floats("scalar")).containsExactly(1.5f);
      assertThat(half.floats("名字")[0]).isEqualTo(Float.POSITIVE_INFINITY);
      assertThat(wide.floats("expanded")).containsOnly(2f).hasSize(12);
    }
  }

  @Test
  void namesTheEntryThatIsNoTensor() throws IOException {
    Path file =
        CraftedZip.write(temp, new PickleBytes().op('}').text("epoch").number(3).op('s'), 0);
    Problem problem = refused(file);
    assertThat(problem.reason()).isEqualTo("UNSUPPORTED_CHECKPOINT");
    assertThat(problem.message()).contains("epoch");
  }

  private Problem refused(Path file) {
    Problem problem = catchThrowableOfType(Problem.class, () -> WeightFile.open(file).close());
    assertThat(problem).as(file.toString()).isNotNull();
    assertThat(problem.details()).containsEntry(Problem.FILE, file.toString());
    return problem;
  }
}
