package dev.tuneline.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PreviewMainTest {
  private static final String MODEL = "../fixtures/models/qwen2-tied";
  private static final String ROWS =
      """
      prompt,response
      一,"one,
      uno"
      二,
      三,three
      四,four
      五,five
      """;

  @TempDir Path folder;
  private String output = "";
  private String errors = "";

  @Test
  void chosenRowsAreShownTokenByToken() throws IOException {
    JsonNode rows = json(preview(ROWS, "--json", "--model", MODEL, "--rows", "1-2,5"));

    assertThat(rows).extracting(row -> row.path("row").asInt()).containsExactly(1, 2, 5);
    assertThat(rows).extracting(row -> row.path("line").asInt()).containsExactly(2, 4, 7);
    assertThat(rows.get(1).path("rejection").path("reason").asText()).isEqualTo("MISSING_REPLY");
    JsonNode first = rows.get(0);
    assertThat(first.path("rendered").asText()).contains("一").endsWith("one,\nuno<|im_end|>\n");
    StringBuilder trained = new StringBuilder();
    for (JsonNode token : first.path("tokens")) {
      assertThat(token.path("cut").asBoolean()).isFalse();
      trained.append(token.path("trained").asBoolean() ? token.path("text").asText() : "");
    }
    assertThat(trained).hasToString("one,\nuno<|im_end|>");
  }

  @Test
  void whatIsCutIsShown() throws IOException {
    int whole = json(preview(ROWS, "--json", "--model", MODEL)).get(0).path("tokens").size();
    JsonNode cut =
        json(preview(ROWS, "--json", "--model", MODEL, "--cutoff", String.valueOf(whole - 4)))
            .get(0);
    assertThat(cut.path("cut_tokens").asInt()).isEqualTo(4);
    assertThat(cut.path("tokens")).hasSize(whole);
    assertThat(cut.path("tokens").get(whole - 4).path("cut").asBoolean()).isTrue();

    preview(ROWS, "--model", MODEL, "--cutoff", String.valueOf(whole - 4));
    assertThat(output).contains("4 cut").contains("  cut     | ").contains("  trained | ");
  }

  @Test
  void aPlainTextIsDivided() throws IOException {
    String text = "从前有座山，山里有座庙，庙里有个老和尚在讲故事。\n";
    JsonNode row =
        json(preview(text.repeat(3), "--json", "--model", MODEL, "--cutoff", "8", "--rows", "2"))
            .get(0);

    assertThat(row.path("pieces").asInt()).isGreaterThan(1);
    assertThat(row.path("tokens")).allMatch(token -> token.path("trained").asBoolean());
    assertThat(row.path("rendered").asText()).isEqualTo(text.strip());
  }

  @Test
  void withoutAModelTheMessagesAreShown() throws IOException {
    preview(ROWS, "--rows", "3");
    assertThat(output).contains("  user | 三").contains("  assistant | three");
  }

  @Test
  void rowsThatAreNotThereAreNamed() throws IOException {
    assertThat(run(ROWS, "--rows", "9")).isEqualTo(1);
    assertThat(errors).contains("NO_SUCH_ROWS");
    for (String bad : new String[] {"0", "3-1", "a", "1,,2", ""}) {
      assertThat(run(ROWS, "--rows=" + bad)).as(bad).isEqualTo(1);
      assertThat(errors).contains("BAD_ROWS");
    }
  }

  private static JsonNode json(String text) throws IOException {
    return new ObjectMapper().readTree(text);
  }

  private String preview(String content, String... options) throws IOException {
    assertThat(run(content, options)).as(errors).isZero();
    return output;
  }

  private int run(String content, String... options) throws IOException {
    String name = content.startsWith("prompt") ? "rows.csv" : "rows.txt";
    Path file = Files.writeString(folder.resolve(name), content);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        PreviewMain.run(
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8),
            Stream.concat(Stream.of(file.toString()), Arrays.stream(options))
                .toArray(String[]::new));
    output = out.toString(UTF_8);
    errors = err.toString(UTF_8);
    return code;
  }
}
