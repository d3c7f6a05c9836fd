package dev.tuneline.preprocess.example;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.preprocess.example.RowReading.Outcome;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RowReadingTest {
  private static final Map<String, String> REASONS =
      Map.of(
          "empty_reply", "MISSING_REPLY",
          "empty_prompt", "MISSING_PROMPT",
          "bad_is_best", "BAD_FLAG");

  private final RowReading reading =
      new RowReading(
          Layouts.of(RowMapping.getDefaultInstance()), List.of(), ExampleCleaning.none());

  static Stream<JsonNode> files() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            RowReadingTest.class.getResourceAsStream("/fixtures/csv/expected.json"))) {
      return StreamSupport.stream(
              new ObjectMapper().readTree(in).path("files").spliterator(), false)
          .filter(file -> file.has("samples"))
          .filter(file -> !file.path("file").asText().startsWith("big_cell"));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void rowsBecomeTheExamplesThatTheReferenceMakes(JsonNode file) {
    Map<Long, JsonNode> samples = new HashMap<>();
    file.path("samples").forEach(sample -> samples.put(sample.path("line").asLong(), sample));
    Map<Long, String> rejected = new HashMap<>();
    file.path("sample_rejections")
        .forEach(r -> rejected.put(r.path("line").asLong(), r.path("reason").asText()));
    assertThat(samples.size() + rejected.size()).isEqualTo(file.path("rows").size());

    for (JsonNode row : file.path("rows")) {
      long line = row.path("line").asLong();
      Outcome read = reading.read(row(line, row.path("values")));
      JsonNode sample = samples.get(line);
      if (sample == null) {
        assertThat(((Outcome.Rejected) read).rejection().getReason())
            .isEqualTo(REASONS.get(rejected.get(line)));
      } else if (sample.path("is_best").asBoolean()) {
        Example example = ((Outcome.Kept) read).example();
        assertThat(example.prompt().getFirst().content()).isEqualTo(sample.path("prompt").asText());
        assertThat(example.answer()).isEqualTo(sample.path("response").asText());
        assertThat(example.source().line()).isEqualTo(line);
      } else {
        assertThat(((Outcome.Rejected) read).rejection().getReason()).isEqualTo("NOT_BEST");
      }
    }
  }

  @Test
  void withoutAFlagEveryRowIsKept() {
    RowReceived row =
        RowReceived.newBuilder().putCells("question", "q").putCells("reply", " r ").build();

    assertThat(reading.read(row))
        .isEqualTo(new Outcome.Kept(Example.of("q", "r", new Example.Source("", 0)), Set.of()));
  }

  @Test
  void aRowOfAFileIsReadByTheLayoutThatTheFileHas() {
    Upload upload =
        Upload.newBuilder()
            .setUploadId("u")
            .setResult(UploadResult.newBuilder().setLayout("prompt-response"))
            .build();
    RowReading ofFiles =
        new RowReading(Layouts.recognised(), List.of(upload), ExampleCleaning.none());
    RowReceived.Builder row =
        RowReceived.newBuilder().putCells("instruction", "i").putCells("output", "o");

    assertThat(ofFiles.read(row.build())).isInstanceOf(Outcome.Kept.class);
    assertThat(ofFiles.read(row.setSource(RowSource.newBuilder().setUploadId("u")).build()))
        .isInstanceOf(Outcome.Rejected.class);
  }

  private static RowReceived row(long line, JsonNode cells) {
    RowReceived.Builder row =
        RowReceived.newBuilder().setSource(RowSource.newBuilder().setLine(line));
    cells.properties().forEach(cell -> row.putCells(cell.getKey(), cell.getValue().asText()));
    return row.build();
  }
}
