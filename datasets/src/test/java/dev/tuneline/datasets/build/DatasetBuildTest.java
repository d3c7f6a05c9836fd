package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetBuildTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private String output = "";

  @Test
  void everyRowIsAnExampleOrRejectedWithItsLine() throws IOException {
    write("rows.csv", "question,reply\nq1,a1\nq2,\nq1,a1\nq3,a3,x\nq4,a4\n");

    List<JsonNode> examples = build("sources: [{file: rows.csv}]");

    assertThat(examples).extracting(e -> e.path("line").asInt()).containsExactly(2, 6);
    assertThat(examples.getFirst().toString())
        .isEqualTo(
            """
            {"messages":[{"role":"user","content":"q1"},{"role":"assistant","content":"a1"}],\
            "source":"rows.csv","file":"rows.csv","line":2,"built":["layout forum"]}\
            """);
    assertThat(lines("out.jsonl.rejections.jsonl"))
        .extracting(r -> r.path("line").asInt() + " " + r.path("reason").asText())
        .containsExactly("3 MISSING_REPLY", "5 WRONG_CELL_COUNT", "4 DUPLICATE");
    JsonNode report = JSON.readTree(folder.resolve("out.jsonl.report.json").toFile());
    assertThat(report.at("/rows/received").asInt()).isEqualTo(5);
    assertThat(report.at("/rows/used").asInt()).isEqualTo(3);
    assertThat(report.at("/examples/written").asInt()).isEqualTo(2);
    assertThat(report.at("/sources/0/examples/dropped_by_reason/DUPLICATE").asInt()).isOne();
  }

  @Test
  void aRowTakesAllWordingsOrOne() throws IOException {
    write("rows.jsonl", "{\"name\": \"盗窃罪\", \"concept\": \"c\", \"features\": \"f\"}\n");
    String source = "sources: [{file: rows.jsonl, layout: crime-to-questions, variants: %s}]";

    assertThat(texts(build(source.formatted("all"))))
        .containsExactly("什么是盗窃罪？ > c", "盗窃罪有哪些特征？ > f", "盗窃罪有哪些司法解释？ > 本罪名没有司法解释。");
    assertThat(texts(build(source.formatted("first")))).containsExactly("什么是盗窃罪？ > c");
    assertThat(build(source.formatted("one"))).hasSize(1);
    assertThat(build("sources: [{file: rows.jsonl, variants: all}]"))
        .extracting(e -> e.at("/built/0").asText())
        .contains("layout crime", "layout crime, variant 3");
  }

  @Test
  void theAcceptedAnswersAreTakenOrElseTheBestByARule() throws IOException {
    write(
        "forum.csv",
        """
        title,question,reply,is_best,votes
        t1,q1,poor,0,1
        t2,q2,also,0,3
        t1,q1,good,0,9.5
        t3,q3,liked,0,99
        t2,q2,first of equals,0,7
        t3,q3,accepted,1,2
        t2,q2,second of equals,0,7
        t4,q4,no votes,0,
        t4,q4,bad votes,0,many
        t3,q3,accepted too,1,0
        """);

    String source = "sources: [{file: forum.csv, best: {by: %s, per: [title, question]}}]";
    assertThat(answers(build(source.formatted("votes"))))
        .containsExactly("good", "first of equals", "accepted", "no votes", "accepted too");
    assertThat(rejections()).contains("2 NOT_BEST", "5 NOT_BEST", "10 NOT_A_NUMBER");
    assertThat(answers(build(source.formatted("longest"))))
        .containsExactly("poor", "accepted", "second of equals", "bad votes", "accepted too");
    assertThat(answers(build(source.formatted("first"))))
        .containsExactly("poor", "also", "accepted", "no votes", "accepted too");
    assertThat(answers(build("sources: [{file: forum.csv}]")))
        .containsExactly("accepted", "accepted too");
  }

  @Test
  void answersAreLookedUp() throws IOException {
    write("tickets.csv", "text,kind\n丢了卡, Card \n忘了密码,password\n别的,other\n空,\n");
    write("answers.csv", "key,reply\ncard,请补卡\npassword,请重设\n");

    List<JsonNode> examples =
        build(
            """
            sources:
              - file: tickets.csv
                lookup: {file: answers.csv, key: key, by: kind}
                layout: {prompt: ["{text}"], reply: ["{reply}。"]}
            """);

    assertThat(texts(examples)).containsExactly("丢了卡 > 请补卡。", "忘了密码 > 请重设。");
    assertThat(rejections()).containsExactly("4 UNKNOWN_KEY", "5 MISSING_KEY");
    assertThat(examples.getFirst().at("/built/0").asText()).isEqualTo("lookup in answers.csv");
  }

  @Test
  void templatesAreFilledFromLists() throws IOException {
    write("office.csv", "matter,office\n户口,派出所\n驾照,车管所\n");
    String recipe =
        """
        seed: 7
        sources:
          - fill: {lists: {city: [北京, 上海, 广州], matter: {file: office.csv}}%s}
            layout: {prompt: ["{city}{matter}去哪办？"], reply: ["{city}的{office}。"]}
        """;

    List<String> all = texts(build(recipe.formatted("")));
    assertThat(all).hasSize(6).startsWith("北京户口去哪办？ > 北京的派出所。", "北京驾照去哪办？ > 北京的车管所。");
    List<String> some = texts(build(recipe.formatted(", sample: 4")));
    assertThat(some).hasSize(4).doesNotHaveDuplicates().isSubsetOf(all);
    assertThat(texts(build(recipe.formatted(", sample: 4")))).isEqualTo(some);
    refused(recipe.formatted(", max: 5"), "INVALID_FIELD");
  }

  @Test
  void aDialogueGivesAnExampleForEachAnswerAndRowsMakeADialogue() throws IOException {
    write(
        "talks.jsonl",
        """
        {"messages":[{"role":"system","content":"s"},{"role":"user","content":"q1"},{"role":"assistant","content":"a1"},\
        {"role":"user","content":"q2"},{"role":"assistant","content":"a2"},{"role":"user","content":"q3"},{"role":"assistant","content":"a3"}]}
        """);
    String source = "sources: [{file: talks.jsonl, turns: {answers: each, history: %d}}]";
    assertThat(texts(build(source.formatted(1))))
        .containsExactly("s > q1 > a1", "s > q1 > a1 > q2 > a2", "s > q2 > a2 > q3 > a3");
    assertThat(texts(build(source.formatted(0))))
        .containsExactly("s > q1 > a1", "s > q2 > a2", "s > q3 > a3");

    write("rows.csv", "thread,question,answer\n1,q1,a1\n1,q2,a2\n1,q3,a3\n2,q4,a4\n1,q5,a5\n");
    assertThat(
            texts(
                build(
                    "sources: [{file: rows.csv, dialogue: {per: thread, max_exchanges: 2}, system:"
                        + " s}]")))
        .containsExactly("s > q1 > a1 > q2 > a2", "s > q3 > a3", "s > q4 > a4", "s > q5 > a5");
  }

  @Test
  void plainTextsStayWhole() throws IOException {
    write("texts.txt", "一段文字。\n短\n又一段文字。\n");

    List<JsonNode> examples =
        build(
            """
            sources:
              - file: texts.txt
                layout: text
                system: s
                instructions: {use: [zh-polite]}
                keep: {min_answer_characters: 2, min_prompt_characters: 5}
            """);

    assertThat(examples)
        .extracting(e -> e.path("text").asText())
        .containsExactly("一段文字。", "又一段文字。");
    assertThat(rejections()).containsExactly("2 ANSWER_TOO_SHORT");
  }

  @Test
  void instructionsAreReworded() throws IOException {
    write("rows.csv", "question,answer\n什么是合同？,c\nWhat is a contract?,c2\n");
    String source =
        """
        sources:
          - file: rows.csv
            instructions: {use: [zh-polite, zh-imperative, en-imperative], take: %s}
        """;

    List<String> all = texts(build(source.formatted("all")));
    assertThat(all)
        .contains("什么是合同？ > c", "请问什么是合同？ > c", "请解释合同。 > c", "Explain a contract. > c2")
        .doesNotContain("请问What is a contract？ > c2");
    assertThat(texts(build(source.formatted("one")))).hasSize(2).isSubsetOf(all);
    assertThat(
            texts(
                build(
                    """
                    sources:
                      - file: rows.csv
                        instructions:
                          original: false
                          rules: [{name: own, match: "^什么是(.+)？$", to: ["“$1”一词怎么讲？"]}]
                    """)))
        .containsExactly("“合同”一词怎么讲？ > c", "What is a contract? > c2");
  }

  @Test
  void rulesDropExamplesByLengthLanguageAndKeyword() throws IOException {
    write(
        "rows.csv",
        """
        question,answer
        短,好的好的
        这个问题怎么办,好的好的
        这个问题怎么办,好
        这是广告吗，怎么办,好的好的
        what is this,a good thing
        """);

    assertThat(
            build(
                """
                sources:
                  - file: rows.csv
                    keep: {min_prompt_characters: 2, min_answer_characters: 2, languages: [zh], none_of: [广告]}
                """))
        .hasSize(1);
    assertThat(rejections())
        .containsExactly(
            "2 PROMPT_TOO_SHORT", "4 ANSWER_TOO_SHORT", "5 FORBIDDEN_KEYWORD", "6 OTHER_LANGUAGE");
  }

  @Test
  void sourcesAreWeightedMixedAndRepeatable() throws IOException {
    write("a.csv", "question,answer\n" + rows("a", 100));
    write("b.csv", "question,answer\n" + rows("b", 10));
    String recipe =
        """
        seed: %d
        order: interleaved
        sources: [{file: a.csv, weight: %s}, {file: b.csv, weight: %s}]
        %s
        """;

    List<JsonNode> mixed = build(recipe.formatted(1, "0.2", "2.5", ""));
    assertThat(mixed).filteredOn(e -> e.path("file").asText().equals("a.csv")).hasSize(20);
    assertThat(mixed).filteredOn(e -> e.path("file").asText().equals("b.csv")).hasSize(25);
    assertThat(mixed.subList(0, 20))
        .extracting(e -> e.path("file").asText())
        .contains("a.csv", "b.csv");
    byte[] bytes = Files.readAllBytes(folder.resolve("out.jsonl"));
    build(recipe.formatted(1, "0.2", "2.5", ""));
    assertThat(folder.resolve("out.jsonl")).hasBinaryContent(bytes);
    build(recipe.formatted(2, "0.2", "2.5", ""));
    assertThat(Files.readAllBytes(folder.resolve("out.jsonl"))).isNotEqualTo(bytes);

    List<JsonNode> total = build(recipe.formatted(1, "1", "3", "examples: 31"));
    assertThat(total).hasSize(31);
    assertThat(total).filteredOn(e -> e.path("file").asText().equals("a.csv")).hasSize(8);
    JsonNode report = JSON.readTree(folder.resolve("out.jsonl.report.json").toFile());
    assertThat(report.at("/examples/repeated").asInt()).isEqualTo(13);
    assertThat(report.at("/examples/dropped_by_reason/NOT_SAMPLED").asInt()).isEqualTo(92);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sources: []|INVALID_FIELD",
        "sources: [{file: none.csv}]|FILE_NOT_FOUND",
        "sources: [{file: rows.csv, wieght: 2}]|UNKNOWN_FIELD",
        "sources: [{file: rows.csv, weight: -1}]|INVALID_FIELD",
        "sources: [{file: rows.csv}, {file: rows.csv}]|INVALID_FIELD",
        "sources: [{file: rows.csv, layout: none}]|UNKNOWN_LAYOUT",
        "sources: [{file: rows.csv, layout: summary}]|MISSING_COLUMN",
        "sources: [{file: rows.csv, keep: {any_of: [x]}}]|NO_EXAMPLES",
        "sources: [{fill: {lists: {a: [b]}}}]|INVALID_FIELD",
        "sources: [{file: rows.csv, instructions: {rules: [{match: '(', to: a}]}}]|INVALID_FIELD",
        "sources: [{file: rows.csv, instructions: {rules: [{match: a, to: $1}]}}]|INVALID_FIELD",
        "sources: {|INVALID_YAML",
        "'a: 1\na: 2'|INVALID_YAML",
      })
  void aWrongRecipeIsOneErrorAndLeavesNoFile(String recipe, String reason) throws IOException {
    write("rows.csv", "question,answer\nq,a\n");
    refused(recipe, reason);
    assertThat(folder.resolve("out.jsonl")).doesNotExist();
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.filter(Files::isDirectory)).isEmpty();
    }
  }

  private static String rows(String name, int count) {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < count; i++) {
      rows.append(name).append(i).append(",answer ").append(i).append('\n');
    }
    return rows.toString();
  }

  private List<JsonNode> build(String recipe) throws IOException {
    assertThat(run(recipe)).as(output).isZero();
    return lines("out.jsonl");
  }

  private void refused(String recipe, String reason) throws IOException {
    assertThat(run(recipe)).isOne();
    assertThat(output).contains("[" + reason + "]");
  }

  private int run(String recipe) throws IOException {
    Path file = write("build.yaml", recipe);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(bytes, true, UTF_8);
    int code =
        BuildMain.run(out, out, file.toString(), "--out", folder.resolve("out.jsonl").toString());
    output = bytes.toString(UTF_8);
    return code;
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }

  private List<String> rejections() throws IOException {
    return lines("out.jsonl.rejections.jsonl").stream()
        .map(r -> r.path("line").asInt() + " " + r.path("reason").asText())
        .toList();
  }

  private List<JsonNode> lines(String name) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(name))) {
      lines.add(JSON.readTree(line));
    }
    return lines;
  }

  private static List<String> texts(List<JsonNode> examples) {
    return examples.stream()
        .map(e -> String.join(" > ", e.path("messages").findValuesAsText("content")))
        .toList();
  }

  private static List<String> answers(List<JsonNode> examples) {
    return examples.stream()
        .map(e -> e.path("messages").findValuesAsText("content").getLast())
        .toList();
  }
}
