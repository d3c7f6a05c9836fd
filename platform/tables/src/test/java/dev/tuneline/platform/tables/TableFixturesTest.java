package dev.tuneline.platform.tables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file of the reference parser's set, against what the reference parser found. */
class TableFixturesTest {
  private static final Path CSV_FILES = Path.of("../../fixtures/csv");

  private static final Set<String> TEXTS = Set.of("instruction", "input", "output");

  /** The reference's words for ours. */
  private static final Map<String, Flaw> FLAWS =
      Map.of(
          "too_few_columns", Flaw.WRONG_CELL_COUNT,
          "too_many_columns", Flaw.WRONG_CELL_COUNT,
          "nul_character", Flaw.NUL_CHARACTER,
          "unclosed_quote", Flaw.UNCLOSED_QUOTE,
          "text_after_closing_quote", Flaw.TEXT_AFTER_QUOTE,
          "invalid_encoding", Flaw.UNDECODABLE,
          "invalid_json", Flaw.INVALID_JSON,
          "not_an_object", Flaw.NOT_AN_OBJECT,
          "bad_type_instruction", Flaw.NOT_A_TEXT);

  private static final Map<String, String> FATAL =
      Map.of(
          "duplicate_header", "DUPLICATE_COLUMN",
          "empty_file", "EMPTY_FILE",
          "invalid_json", "INVALID_JSON",
          "not_an_array", "NOT_AN_ARRAY");

  static Stream<JsonNode> delimited() throws IOException {
    // Which columns must be there is no matter of reading.
    return files()
        .filter(file -> file.path("kind").asText().equals("csv"))
        .filter(file -> !file.at("/fatal/reason").asText().equals("missing_columns"));
  }

  static Stream<JsonNode> arrays() throws IOException {
    return files().filter(file -> file.path("kind").asText().equals("json_array"));
  }

  static Stream<JsonNode> instructions() throws IOException {
    return files().filter(file -> file.path("schema").asText().equals("instruction"));
  }

  @ParameterizedTest
  @MethodSource("delimited")
  void delimitedFilesReadAsTheReferenceReadsThem(JsonNode expected) {
    String name = expected.path("file").asText();
    if (!expected.path("fatal").isNull()) {
      Problem problem = catchThrowableOfType(Problem.class, () -> read(name));
      assertThat(problem.reason())
          .isEqualTo(FATAL.get(expected.path("fatal").path("reason").asText()));
      assertThat(problem.details())
          .containsEntry(Problem.LINE, expected.path("fatal").path("line").asText())
          .containsEntry(Problem.FILE, name)
          .containsKey(Problem.MEND);
      return;
    }
    Result result = read(name);

    assertThat(result.file().charset().name())
        .isEqualToIgnoringCase(expected.path("encoding").asText());
    assertThat(result.rejected()).isEqualTo(rejections(expected));
    assertThat(result.rows().stream().map(TableRecord.Row::line).toList())
        .isEqualTo(lines(expected.path("rows")).toList());
    for (int i = 0; i < result.rows().size(); i++) {
      assertCells(result.rows().get(i), expected.path("rows").path(i).path("values"));
    }
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void jsonLinesReadAsTheReferenceReadsThem(JsonNode expected) {
    Result result = read(expected.path("file").asText());

    // What a row lacks is told by the mapping, later.
    Map<Long, Flaw> flaws = rejections(expected);
    flaws.values().removeIf(Objects::isNull);
    assertThat(result.rejected()).isEqualTo(flaws);
    Map<Long, TableRecord.Row> byLine = new LinkedHashMap<>();
    result.rows().forEach(row -> byLine.put(row.line(), row));
    for (JsonNode row : expected.path("rows")) {
      Map<String, String> cells =
          Objects.requireNonNull(byLine.get(row.path("line").asLong())).cells();
      for (String column : List.of("instruction", "input", "output")) {
        assertThat(cells.getOrDefault(column, "")).isEqualTo(row.path(column).asText());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("arrays")
  void jsonArraysReadElementByElement(JsonNode expected) {
    String name = expected.path("file").asText();
    if (!expected.path("fatal").isNull()) {
      Problem problem = catchThrowableOfType(Problem.class, () -> read(name));
      assertThat(problem.reason())
          .isEqualTo(FATAL.get(expected.path("fatal").path("reason").asText()));
      assertThat(problem.details())
          .containsEntry(Problem.LINE, expected.path("fatal").path("line").asText());
      return;
    }
    Result result = read(name);

    assertThat(result.file().kind()).isEqualTo(TableKind.JSON_ARRAY);
    assertThat(result.records())
        .isEqualTo(expected.path("rows").size() + expected.path("rejected").size());
    assertThat(result.rows().getFirst().cells())
        .containsEntry("prompt", expected.at("/rows/0/prompt").asText())
        .containsEntry("response", expected.at("/rows/0/response").asText());
  }

  private static void assertCells(TableRecord.Row row, JsonNode expected) {
    assertThat(row.cells()).hasSameSizeAs(expected);
    expected
        .properties()
        .forEach(
            cell -> {
              String actual = Objects.requireNonNull(row.cells().get(cell.getKey()));
              if (cell.getValue().isTextual()) {
                assertThat(actual).isEqualTo(cell.getValue().asText());
              } else {
                assertThat(actual.codePointCount(0, actual.length()))
                    .isEqualTo(cell.getValue().path("length_chars").asInt());
                assertThat(sha256(actual)).isEqualTo(cell.getValue().path("sha256_utf8").asText());
              }
            });
  }

  private record Result(
      TableFile file, List<TableRecord.Row> rows, Map<Long, Flaw> rejected, int records) {}

  private static Result read(String name) {
    TableFile file = TableFile.detect(name, CSV_FILES.resolve(name), TableLimits.DEFAULT);
    List<TableRecord.Row> rows = new ArrayList<>();
    Map<Long, Flaw> rejected = new LinkedHashMap<>();
    int records = 0;
    try (TableReader reader = file.read()) {
      for (TableRecord next = reader.next(); next != null; next = reader.next()) {
        records++;
        switch (next) {
          case TableRecord.Row row -> {
            if (TEXTS.stream().anyMatch(text -> row.untyped().getOrDefault(text, false))) {
              rejected.put(row.line(), Flaw.NOT_A_TEXT);
            } else {
              rows.add(row);
            }
          }
          case TableRecord.Rejected bad -> rejected.put(bad.line(), bad.flaw());
        }
      }
    }
    return new Result(file, rows, rejected, records);
  }

  private static Map<Long, Flaw> rejections(JsonNode expected) {
    Map<Long, Flaw> flaws = new LinkedHashMap<>();
    for (JsonNode rejected : expected.path("rejected")) {
      flaws.put(rejected.path("line").asLong(), FLAWS.get(rejected.path("reason").asText()));
    }
    return flaws;
  }

  private static Stream<Long> lines(JsonNode rows) {
    return StreamSupport.stream(rows.spliterator(), false).map(row -> row.path("line").asLong());
  }

  private static Stream<JsonNode> files() throws IOException {
    try (InputStream in = Files.newInputStream(CSV_FILES.resolve("expected.json"))) {
      return StreamSupport.stream(
          new ObjectMapper().readTree(in).path("files").spliterator(), false);
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
