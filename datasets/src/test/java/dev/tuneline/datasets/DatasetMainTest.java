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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetMainTest {
  private static final Path MODEL = Path.of("../fixtures/models/qwen2-tied");
  private static final String ROWS =
      """
      title,question,reply,is_best
      工资,拖欠工资怎么办,申请仲裁,1
      工资,拖欠工资怎么办,申请仲裁,1
      工资,拖欠工资怎么办 ,去法院起诉,1
      押金,不退怎么办,,1
      押金,不退,打 13812345678 或写信给 a@b.cn,1
      押金,不退怎么办,协商,0
      坏行,少一格
      """;

  @TempDir Path folder;
  private String output = "";

  @Test
  void theReportCountsEveryRowOnce() throws IOException {
    JsonNode report = check(0, "rows.csv", ROWS, "--json");

    assertThat(report.path("layout").asText()).isEqualTo("forum");
    JsonNode account = report.path("account");
    assertThat(account.path("received").asInt()).isEqualTo(7);
    assertThat(account.path("kept").asInt()).isEqualTo(3);
    assertThat(account.path("rejected_by_reason").toString())
        .isEqualTo("{\"DUPLICATE\":1,\"MISSING_REPLY\":1,\"NOT_BEST\":1,\"WRONG_CELL_COUNT\":1}");
    assertThat(report.path("rejections"))
        .extracting(r -> r.path("line").asInt())
        .containsExactly(3, 5, 7, 8);
    assertThat(report.path("conflicts").toString()).isEqualTo("{\"questions\":1,\"examples\":2}");
    assertThat(report.path("personal_data").toString())
        .isEqualTo("{\"id_number\":0,\"phone\":1,\"email\":1,\"bank_card\":0}");
    assertThat(report.has("tokens")).isFalse();
  }

  @Test
  void nearlyEqualExamplesAreCounted() throws IOException {
    String asked = "公司拖欠三个月工资又不签合同我应该怎么办才能拿回来";
    JsonNode report =
        check(
            0,
            "near.csv",
            "question,reply\n%s,先申请劳动仲裁再说\n%s！,先申请劳动仲裁，再说。\n别的问题,别的回答\n".formatted(asked, asked),
            "--json");

    assertThat(report.path("account").path("kept").asInt()).isEqualTo(3);
    assertThat(report.path("near_duplicates").toString())
        .isEqualTo("{\"groups\":1,\"examples\":2}");
  }

  @Test
  void tokensAreThoseOfTheModel() throws IOException {
    JsonNode whole =
        check(0, "rows.csv", ROWS, "--json", "--model", MODEL.toString()).path("tokens");
    JsonNode cut =
        check(0, "rows.csv", ROWS, "--json", "--model", MODEL.toString(), "--cutoff", "10")
            .path("tokens");

    assertThat(whole.path("truncated_examples").asInt()).isZero();
    assertThat(whole.path("trained").asInt()).isPositive();
    assertThat(cut.path("total")).isEqualTo(whole.path("total"));
    assertThat(cut.path("truncated_examples").asInt()).isEqualTo(3);
    assertThat(cut.path("cut_tokens").asInt()).isEqualTo(whole.path("total").asInt() - 30);
  }

  @Test
  void aFileThatCannotBeUsedIsOneProblem() throws IOException {
    JsonNode report = check(1, "rows.csv", "a,b\n1,2\n", "--json");

    assertThat(report.path("problem").path("reason").asText()).isEqualTo("MISSING_COLUMN");
    assertThat(report.path("problem").path("line").asText()).isEqualTo("1");
  }

  @Test
  void aLayoutOfOnesOwnIsReadFromAFile() throws IOException {
    Path mapping =
        Files.writeString(
            folder.resolve("mapping.yaml"),
            "{layout: forum, columns: {question: [ask], reply: [say]}}");

    JsonNode report =
        check(
            0, "rows.tsv", "ask\tsay\nq\tr\n", "--json", "--rows", "--mapping", mapping.toString());

    assertThat(report.at("/rows/0/messages/1/content").asText()).isEqualTo("r");
  }

  @Test
  void cleaningIsCountedAndItsRejectionsHaveTheirPlace() throws IOException {
    Path recipe =
        Files.writeString(
            folder.resolve("job.yaml"),
            "dataset: {file: x, cleaning: {personal_data: {action: mask}, answer_length:"
                + " {min_characters: 5}}}");

    JsonNode report = check(0, "rows.csv", ROWS, "--json", "--cleaning", recipe.toString());

    assertThat(report.path("changed_by_step").toString()).isEqualTo("{\"personal_data\":1}");
    assertThat(report.at("/account/rejected_by_reason/TOO_SHORT").asInt()).isEqualTo(2);
    assertThat(report.at("/rejections/0/column").asText()).isEqualTo("reply");
    assertThat(report.at("/personal_data/phone").asInt()).isZero();
    assertThat(check(0, "rows.csv", ROWS, "--json").has("changed_by_step")).isFalse();
  }

  @Test
  void peopleGetLines() throws IOException {
    assertThat(run("rows.csv", ROWS)).isZero();
    assertThat(output)
        .contains("line 8: WRONG_CELL_COUNT", "received=7, kept=3, rejected=4", "phone=1");
    assertThat(DatasetMain.run(print(), print(), "nowhere.csv")).isEqualTo(1);
  }

  private JsonNode check(int code, String name, String text, String... options) throws IOException {
    assertThat(run(name, text, options)).as(output).isEqualTo(code);
    return new ObjectMapper().readTree(output);
  }

  private int run(String name, String text, String... options) throws IOException {
    Path file = Files.writeString(folder.resolve(name), text);
    String[] args = Arrays.copyOf(options, options.length + 1);
    args[options.length] = file.toString();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, UTF_8);
    int code = DatasetMain.run(out, out, args);
    output = bytes.toString(UTF_8);
    return code;
  }

  private static PrintStream print() {
    return new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
  }
}
