package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Documents of {@code train/}: trajectories by both loss conventions, and {@code units.json}. */
final class TrainCases implements CaseKind {
  private static final List<String> PARTS =
      List.of(".initial.safetensors", ".final.safetensors", ".final_adapter_model.safetensors");

  @Override
  public String folder() {
    return "train";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    Path folder = root.resolve("train");
    List<ParityCase> cases = new ArrayList<>();
    for (Path file : Folders.files(folder)) {
      String name = Folders.name(file);
      if (name.equals("units.json")) {
        cases.add(new ParityCase("train/units", checks -> OptimizerUnits.check(checks, file)));
      } else if (name.endsWith(".json")) {
        for (Convention convention : Convention.values()) {
          cases.add(
              new ParityCase(
                  "train/%s %s".formatted(name.substring(0, name.length() - 5), convention.field()),
                  checks -> check(checks, root, file, convention)));
        }
      } else if (PARTS.stream()
          .noneMatch(part -> name.endsWith(part) && Files.exists(document(file, part)))) {
        cases.add(ParityCase.unsupported("train/" + name, "files like " + name));
      }
    }
    return cases;
  }

  private static Path document(Path file, String part) {
    String name = Folders.name(file);
    return file.resolveSibling(name.substring(0, name.length() - part.length()) + ".json");
  }

  private static void check(Checks checks, Path root, Path file, Convention convention)
      throws Exception {
    JsonNode document = Json.read(file);
    if (document.path(convention.field()).isMissingNode()) {
      checks.fail("the field " + convention.field() + " is missing");
      return;
    }
    new Trajectory(checks, root, file, document, convention).check();
  }
}
