package dev.tuneline.parity;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.SafetensorsWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each fault in a copy of some golden files fails the right case, and no other. */
class TamperedCopyTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "models/qwen2-tied";
  private static final String ADAPTER = "adapters/qwen2-tied-lora";
  private static final String TRAINING = "train/qwen2-tied-lora";
  private static final List<String> ALL =
      List.of(
          ADAPTER,
          MODEL,
          MODEL + " config.v5.json",
          TRAINING + " mean_of_means",
          TRAINING + " token_mean",
          "train/units");

  @TempDir Path copy;
  private String output = "";

  @BeforeEach
  void copySomeCases() throws IOException {
    for (String folder : List.of(MODEL, ADAPTER)) {
      copyFiles(folder, "");
    }
    copyFiles("train", "qwen2-tied-lora");
    copyFiles("train", "units");
  }

  private void copyFiles(String folder, String start) throws IOException {
    Files.createDirectories(copy.resolve(folder));
    try (Stream<Path> files = Files.list(ParityTest.FIXTURES.resolve(folder))) {
      for (Path file : files.toList()) {
        if (Folders.name(file).startsWith(start)) {
          Files.copy(file, copy.resolve(folder).resolve(Folders.name(file)));
        }
      }
    }
  }

  @Test
  void anUntouchedCopyPasses() {
    assertThat(check()).isZero();
    assertThat(failed()).isEmpty();
    assertThat(output).contains("6 cases", "6 passed, 0 failed", "beam (informative)");
    assertThat(ALL).allMatch(name -> output.contains(name + " "));
  }

  @Test
  void aLogitThatIsOffFails() throws IOException {
    edit(MODEL, d -> shift((ArrayNode) d.at("/prompts/1/logits_last"), 17, 1e-3));
    requireFailures("prompts[1].logits_last[17]", MODEL, MODEL + " config.v5.json");
  }

  @Test
  void anotherTokenFails() throws IOException {
    edit(
        ADAPTER,
        d -> {
          ArrayNode greedy = (ArrayNode) d.at("/prompts/2/greedy_16");
          greedy.set(9, JSON.valueToTree(greedy.get(9).intValue() + 1));
        });
    requireFailures("prompts[2].greedy_16[9]: ", ADAPTER);
  }

  @Test
  void aTensorThatIsMissingFails() throws IOException {
    rewrite(
        ADAPTER + "/adapter_model.safetensors",
        (tensors, _) -> tensors.removeIf(t -> t.name().contains("layers.1.mlp.up_proj.lora_A")));
    requireFailures("layers.1.mlp.up_proj.lora_A.weight is missing", ADAPTER);
  }

  @Test
  void aMethodThatNobodyKnowsFails() throws IOException {
    Path config = copy.resolve(ADAPTER).resolve("adapter_config.json");
    Files.writeString(config, Files.readString(config).replace("\"LORA\"", "\"MAGIC\""));
    requireFailures("not supported: peft_type \"MAGIC\" is not known", ADAPTER);
  }

  @Test
  void aFinalWeightThatIsOffFails() throws IOException {
    rewrite(
        TRAINING + ".final.safetensors",
        (tensors, file) -> {
          SafetensorsWriter.Content first = tensors.getFirst();
          float[] values = file.floats(first.name());
          values[1] += 1e-3f;
          long[] shape = first.shape().stream().mapToLong(Long::longValue).toArray();
          tensors.set(0, SafetensorsWriter.Content.of(first.name(), values, shape));
        });
    requireFailures("[1]: ", TRAINING + " mean_of_means");
  }

  @Test
  void aStepThatIsOffFails() throws IOException {
    Path file = copy.resolve(TRAINING + ".json");
    JsonNode document = JSON.readTree(file.toFile());
    ObjectNode step = (ObjectNode) document.at("/token_mean/steps/7");
    step.put("grad_norm", step.path("grad_norm").doubleValue() * 1.001);
    JSON.writeValue(file.toFile(), document);
    requireFailures("step 8 grad_norm: ", TRAINING + " token_mean");
  }

  @Test
  void aDocumentThatIsBrokenFailsAndTheOthersGoOn() throws IOException {
    Files.writeString(copy.resolve(MODEL).resolve("expected.json"), "{\"prompts\": [");
    requireFailures("not valid JSON", MODEL, MODEL + " config.v5.json");
  }

  @Test
  void aDocumentThatIsMissingFails() throws IOException {
    Files.delete(copy.resolve(ADAPTER).resolve("expected.json"));
    requireFailures("there is no expected.json", ADAPTER);
    Files.delete(copy.resolve(TRAINING + ".initial.safetensors"));
    assertThat(check()).isEqualTo(1);
    assertThat(failed()).contains(TRAINING + " mean_of_means", TRAINING + " token_mean");
  }

  @Test
  void aKindThatNobodyKnowsFails() throws IOException {
    Files.createDirectory(copy.resolve("videos"));
    requireFailures("not supported: cases of the kind \"videos\"", "videos");
  }

  @Test
  void aVariantWithoutItsConfigurationFails() throws IOException {
    Path expected = copy.resolve(MODEL).resolve("expected.json");
    Files.copy(expected, expected.resolveSibling("expected_long.json"));
    requireFailures("there is no config_long.json", MODEL + " expected_long.json");
  }

  @Test
  void aFieldThatNobodyKnowsIsNamed() throws IOException {
    edit(MODEL, d -> ((ObjectNode) d).put("typical_sampling", 3));
    assertThat(check()).isZero();
    assertThat(output).contains("not checked: unknown field typical_sampling in " + MODEL);
  }

  @Test
  void aFolderThatIsNotThereIsOneProblem() {
    assertThat(run(copy.resolve("nowhere").toString())).isEqualTo(1);
    assertThat(output).contains("there is no such folder");
    assertThat(run()).isEqualTo(2);
  }

  private void requireFailures(String reason, String... cases) {
    assertThat(check()).isEqualTo(1);
    assertThat(failed()).containsExactlyInAnyOrder(cases);
    assertThat(output).contains(reason);
  }

  private int check() {
    return run(copy.toString());
  }

  private int run(String... arguments) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, UTF_8);
    int code = ParityMain.run(out, out, arguments);
    output = bytes.toString(UTF_8);
    return code;
  }

  /** Names of the table's rows that end with "fail". */
  private List<String> failed() {
    return output
        .lines()
        .filter(line -> line.endsWith("  fail"))
        .map(line -> line.substring(0, line.indexOf("  ")))
        .toList();
  }

  private void edit(String folder, Consumer<JsonNode> change) throws IOException {
    Path file = copy.resolve(folder).resolve("expected.json");
    JsonNode document = JSON.readTree(file.toFile());
    change.accept(document);
    JSON.writeValue(file.toFile(), document);
  }

  private static void shift(ArrayNode values, int index, double by) {
    values.set(index, JSON.valueToTree(values.get(index).doubleValue() + by));
  }

  private void rewrite(
      String name, BiConsumer<List<SafetensorsWriter.Content>, SafetensorsFile> change)
      throws IOException {
    Path file = copy.resolve(name);
    Path original = Files.move(file, copy.resolve("original.tmp"));
    try (SafetensorsFile source = SafetensorsFile.open(original)) {
      List<SafetensorsWriter.Content> tensors = new ArrayList<>();
      source
          .tensors()
          .forEach(
              (tensor, entry) ->
                  tensors.add(
                      new SafetensorsWriter.Content(
                          tensor, entry.dtype(), entry.dims(), source.bytes(tensor))));
      change.accept(tensors, source);
      SafetensorsWriter.write(file, tensors, Map.of("format", "pt"));
    }
    Files.delete(original);
  }
}
