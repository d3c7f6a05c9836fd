package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.tensor.SafetensorsFile;
import dev.tuneline.engine.tensor.TensorEntry;
import dev.tuneline.errors.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Files of {@code safetensors/}: every element type, and files that must be refused. */
final class SafetensorsCases implements CaseKind {
  /** Element types whose names differ from NumPy's. */
  private static final Map<String, String> DTYPES =
      Map.of(
          "float64",
          "F64",
          "float32",
          "F32",
          "float16",
          "F16",
          "bfloat16",
          "BF16",
          "float8_e4m3fn",
          "F8_E4M3",
          "float8_e5m2",
          "F8_E5M2",
          "bool",
          "BOOL");

  @Override
  public String folder() {
    return "safetensors";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    Path folder = root.resolve("safetensors");
    List<ParityCase> cases = new ArrayList<>();
    Set<String> known = new HashSet<>(Set.of("expected.json", "malformed.json"));
    Path expected = folder.resolve("expected.json");
    if (Files.exists(expected)) {
      cases.add(
          new ParityCase(
              "safetensors/expected.json",
              checks -> elements(checks, folder, Json.read(expected))));
      nameOf(expected).forEach(known::add);
    }
    Path malformed = folder.resolve("malformed.json");
    if (Files.exists(malformed)) {
      for (String name : refused(malformed)) {
        known.add(name);
        cases.add(
            new ParityCase(
                "safetensors/" + name, checks -> requireRefused(checks, folder.resolve(name))));
      }
    }
    for (Path file : Folders.files(folder)) {
      if (!known.contains(Folders.name(file))) {
        String name = "safetensors/" + Folders.name(file);
        cases.add(ParityCase.unsupported(name, "a file that no document describes"));
      }
    }
    return cases;
  }

  private static List<String> nameOf(Path expected) {
    try {
      return List.of(Json.read(expected).path("file").asText());
    } catch (Problem broken) {
      return List.of(); // its own case says what is wrong
    }
  }

  private static List<String> refused(Path malformed) {
    try {
      return Json.names(Json.read(malformed).path("python_safetensors_says")).stream()
          .sorted()
          .toList();
    } catch (Problem broken) {
      return List.of("malformed.json");
    }
  }

  private static void requireRefused(Checks checks, Path file) {
    if (Folders.name(file).equals("malformed.json")) {
      Json.read(file);
    }
    if (!Files.exists(file)) {
      throw Problem.caller("MISSING_FILE", "there is no " + Folders.name(file));
    }
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      checks.fail("opened, with " + opened.tensors().size() + " tensors, instead of refused");
    } catch (Problem problem) {
      checks.same("reason", problem.reason(), "MALFORMED_SAFETENSORS");
    }
  }

  private static void elements(Checks checks, Path folder, JsonNode document) {
    try (SafetensorsFile file = SafetensorsFile.open(folder.resolve(Json.text(document, "file")))) {
      Map<String, String> metadata =
          document
              .path("metadata")
              .propertyStream()
              .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().asText()));
      checks.same("metadata", file.metadata(), metadata);
      JsonNode tensors = Json.field(document, "tensors");
      checks.names("tensors", file.tensors().keySet(), Json.names(tensors));
      tensors
          .properties()
          .forEach(
              field -> {
                @Nullable TensorEntry entry = file.tensors().get(field.getKey());
                if (entry != null) {
                  tensor(checks, file, entry, field.getValue());
                }
              });
    }
  }

  private static void tensor(
      Checks checks, SafetensorsFile file, TensorEntry entry, JsonNode expected) {
    String dtype = Json.text(expected, "dtype");
    checks.same(
        entry.name() + " dtype",
        entry.dtype().name(),
        DTYPES.getOrDefault(
            dtype, dtype.replace("uint", "U").replace("int", "I").toUpperCase(Locale.ROOT)));
    checks.same(
        entry.name() + " shape",
        entry.dims(),
        Json.field(expected, "shape").valueStream().map(JsonNode::longValue).toList());
    Elements.check(checks, file, entry, Json.field(expected, "values"));
  }
}
