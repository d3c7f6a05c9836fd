package dev.tuneline.parity;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.datasets.DatasetCheck;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files of {@code csv/}, against what {@code tuneline dataset check --json --rows} says of them.
 */
final class CsvCases implements CaseKind {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public String folder() {
    return "csv";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    Path folder = root.resolve("csv");
    Path document = folder.resolve("expected.json");
    if (Files.notExists(document)) {
      return List.of(new ParityCase("csv", checks -> checks.fail("there is no expected.json")));
    }
    List<ParityCase> cases = new ArrayList<>();
    for (JsonNode expected : Json.field(Json.read(document), "files")) {
      String name = Json.text(expected, "file");
      cases.add(
          new ParityCase(
              "csv/" + name,
              checks -> new CheckedFile(checks, check(folder, name)).compare(expected)));
    }
    return cases;
  }

  private static JsonNode check(Path folder, String name) throws IOException {
    ByteArrayOutputStream report = new ByteArrayOutputStream();
    try (JsonGenerator out = new JsonFactory().createGenerator(report)) {
      new DatasetCheck(
              name,
              folder.resolve(name),
              TableFile.Overrides.NONE,
              TableLimits.DEFAULT,
              Layouts.recognised(),
              null,
              null,
              1,
              Long.MAX_VALUE,
              true)
          .run(out);
    }
    return JSON.readTree(report.toString(UTF_8));
  }
}
