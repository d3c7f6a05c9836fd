package dev.tuneline.platform.examples.layout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.Example.Message;
import dev.tuneline.proto.v1.RowMapping;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LayoutsTest {
  private final Layouts layouts = Layouts.recognised();

  @ParameterizedTest
  @CsvSource({
    "title question reply is_best, forum",
    "question reply, forum",
    "标题 回复, forum",
    "prompt response, prompt-response",
    "instruction input output, instruction",
    "instruct query answer, instruction",
    "text category output, classification",
    "id conversations, conversations",
    "messages, conversations",
    "context question answer, context-question-answer",
    "question answer, context-question-answer",
    "article summary, summary",
    "罪名 概念 特征, crime",
    "name concept, crime",
    "something else, forum",
  })
  void aLayoutIsToldByItsColumns(String columns, String name) {
    assertThat(layouts.forColumns(Set.of(columns.split(" "))).name()).isEqualTo(name);
  }

  @Test
  void aFileWithoutAHeaderHasTheLayoutOfMostOfItsRows() {
    Set<String> asked = Set.of("prompt", "response");
    Set<String> instructed = Set.of("instruction", "output");

    assertThat(layouts.forFile(List.of(), List.of(asked, instructed, asked), "f", 1).name())
        .isEqualTo("prompt-response");
    assertThat(layouts.forRow("prompt-response", instructed).name()).isEqualTo("prompt-response");
    assertThat(layouts.forRow("", instructed).name()).isEqualTo("instruction");
  }

  @Test
  void aCellThatWasNoTextIsNoAnswer() {
    Layout layout = layouts.forColumns(Set.of("prompt", "response"));
    Map<String, String> cells = Map.of("prompt", "p", "response", "5");

    assertThat(layout.read(cells, Map.of())).isInstanceOf(Reading.Kept.class);
    assertThat(layout.read(cells, Map.of("response", true)))
        .isInstanceOfSatisfying(
            Reading.Refused.class, refused -> assertThat(refused.column()).isEqualTo("response"));
    assertThat(layout.read(Map.of("prompt", "p", "response", ""), Map.of("response", false)))
        .isInstanceOfSatisfying(
            Reading.Refused.class,
            refused -> assertThat(refused.reason()).isEqualTo(Layout.NOT_A_TEXT));
  }

  @Test
  void emptyAndRepeatedLinesOfATemplateAreLeftOut() {
    assertThat(answer(Map.of("title", " t ", "question", "q", "reply", "r")))
        .containsExactly(new Message("user", "t\nq"), new Message("assistant", "r"));
    assertThat(answer(Map.of("title", "t", "question", "t ", "reply", "r")).getFirst())
        .isEqualTo(new Message("user", "t"));
    assertThat(answer(Map.of("instruction", "i", "input", " ", "output", "o")).getFirst())
        .isEqualTo(new Message("user", "i"));
  }

  @Test
  void aCrimeWithoutInterpretationSaysSo() {
    assertThat(answer(Map.of("name", "盗窃罪", "concept", "c", "features", "f")))
        .containsExactly(new Message("user", "盗窃罪"), new Message("assistant", "c\nf\n本罪名没有司法解释。"));
  }

  @Test
  void shareGptIsAConversationToo() {
    String turns =
        """
        [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}, {"from": "human", "value": "?"}]
        """;

    assertThat(read(Map.of("conversations", turns)))
        .isEqualTo(
            new Reading.Kept(
                List.of(new Message("user", "q"), new Message("assistant", "a")), true));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "[]; MISSING_CONVERSATION",
        "text; MISSING_CONVERSATION",
        "[{\"role\": \"user\"}]; BAD_TURN",
        "[{\"role\": \"tool\", \"content\": \"t\"}]; UNKNOWN_ROLE",
        "[{\"role\": \"assistant\", \"content\": \"a\"}]; ROLES_DO_NOT_ALTERNATE",
        "[{\"role\": \"user\", \"content\": \"a\"}]; NO_ASSISTANT_TURN",
      })
  void aBrokenConversationIsRefused(String turns, String reason) {
    assertThat(read(Map.of("messages", turns)))
        .isInstanceOfSatisfying(
            Reading.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(reason);
              assertThat(refused.column()).isEqualTo("messages");
            });
  }

  @Test
  void anAnswerMustBeOneOfTheCategories() {
    Map<String, String> cells = Map.of("text", "t", "category", "[\"a\",\"b\"]", "output", "b");
    assertThat(answer(cells).getFirst().content()).contains("类别：a、b", "文本：t");
    assertThat(read(Map.of("text", "t", "category", "[\"a\"]", "output", "b")))
        .extracting(reading -> ((Reading.Refused) reading).reason())
        .isEqualTo("NOT_A_CHOICE");
  }

  @Test
  void aMappingNamesColumnsAndTemplates() {
    Layouts mapped =
        Layouts.of(
            RowMapping.newBuilder()
                .setLayout("instruction")
                .putColumns("instruction", "task")
                .putColumns("output", "result")
                .addPrompt("Task: {instruction}")
                .build());
    Layout layout = mapped.forColumns(Set.of("task", "result"));

    assertThat(layout.missingFrom(Set.of("task"))).containsExactly("result");
    assertThat(layout.read(Map.of("task", "t", "result", "r")))
        .isEqualTo(
            new Reading.Kept(
                List.of(new Message("user", "Task: t"), new Message("assistant", "r")), false));
  }

  @Test
  void aMappingOfBeforeStillNamesTheForumsColumns() {
    Layouts mapped =
        Layouts.of(
            RowMapping.newBuilder()
                .setTitleColumn("instruction")
                .setQuestionColumn("input")
                .setReplyColumn("output")
                .build());

    assertThat(mapped.forColumns(Set.of()).missingFrom(Set.of("instruction", "output")))
        .containsExactly("input");
  }

  @Test
  void aFileDescribesALayout() {
    Layouts own =
        Layouts.of(
            """
            columns: {ticket: [ticket, 工单], answer: [answer]}
            prompt: ["{ticket}"]
            reply: ["{answer|none}"]
            """,
            "own.yaml");

    assertThat(own.forColumns(Set.of()).read(Map.of("工单", "t", "answer", "a")))
        .isEqualTo(
            new Reading.Kept(
                List.of(new Message("user", "t"), new Message("assistant", "a")), false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "nonsense: 1; INVALID_LAYOUT",
        "prompt: [; INVALID_LAYOUT",
        "layout: unknown; UNKNOWN_LAYOUT",
        "'{layout: forum, prompt: [\"{nothing}\"]}'; UNKNOWN_COLUMN",
      })
  void aFileThatDescribesNoneIsRefused(String yaml, String reason) {
    assertThat(catchThrowableOfType(Problem.class, () -> Layouts.of(yaml, "own.yaml")).reason())
        .isEqualTo(reason);
  }

  @Test
  void aPlainTextAsksNothing() {
    for (Map<String, String> cells :
        List.of(
            Map.of("text", " 从前有座山。\n\n山里有座庙。 "),
            Map.of("content", "从前有座山。\n\n山里有座庙。", "url", "x", "id", "1"),
            Map.of("title", "故事", "text", "从前有座山。\n\n山里有座庙。"))) {
      assertThat(Layouts.recognised().forColumns(cells.keySet()).read(cells))
          .isEqualTo(new Reading.Kept(List.of(Example.Message.text("从前有座山。\n\n山里有座庙。")), false));
    }
    assertThat(Layouts.recognised().forColumns(Set.of("text")).read(Map.of("text", " ")))
        .isInstanceOfSatisfying(
            Reading.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo("MISSING_TEXT");
              assertThat(refused.blank()).isTrue();
            });
    // Beside a label it is something to classify, not a text to learn.
    assertThat(Layouts.recognised().forColumns(Set.of("text", "label")).name())
        .isEqualTo("classification");
    assertThat(
            Layouts.of("{prompt: [], reply: ['{title}', '{body}']}", "own.yaml")
                .forColumns(Set.of())
                .read(Map.of("title", "t", "body", "b")))
        .isEqualTo(new Reading.Kept(List.of(Example.Message.text("t\nb")), false));
  }

  @Test
  void everyShippedLayoutAndConversionHasSeveralWordings() {
    for (String name : Layouts.names()) {
      Layout layout = Layouts.named(name);
      boolean asks = layout.turns() == null && !layout.isText();
      assertThat(layout.wordings()).as(name).hasSizeGreaterThan(asks ? 1 : 0);
      assertThat(layout.wordings()).as(name).doesNotHaveDuplicates();
      assertThat(layout.varied()).as(name).isEqualTo(name.equals("crime-to-questions"));
      assertThat(layout.name()).isEqualTo(name);
    }
  }

  @Test
  void aVariedLayoutTakesOneWordingForEachRowByItsCells() {
    Layout varied =
        Layouts.of(RowMapping.newBuilder().setLayout("forum-varied").build()).forColumns(Set.of());
    List<Reading> all = varied.readAll(Map.of("question", "q", "reply", "r"));

    assertThat(all).hasSize(4).doesNotHaveDuplicates();
    assertThat(all.getFirst()).isEqualTo(read(Map.of("question", "q", "reply", "r")));
    Map<Integer, Long> taken =
        IntStream.range(0, 400)
            .mapToObj(i -> Map.of("question", "q" + i, "reply", "r"))
            .map(
                cells -> {
                  assertThat(varied.read(cells)).isEqualTo(varied.read(new HashMap<>(cells)));
                  return varied.readAll(cells).indexOf(varied.read(cells));
                })
            .collect(Collectors.groupingBy(i -> i, Collectors.counting()));
    assertThat(taken)
        .containsOnlyKeys(0, 1, 2, 3)
        .allSatisfy((_, n) -> assertThat(n).isGreaterThan(60));
    assertThat(varied.read(Map.of("标题", "t", "问题", "q", "回复", "r")))
        .isEqualTo(varied.read(Map.of("title", "t", "question", "q", "reply", "r")));
  }

  @Test
  void aRowLeavesOutTheWordingsThatItHasNoCellsFor() {
    Layout questions = Layouts.named("crime-to-questions");
    Map<String, String> cells = Map.of("name", "盗窃罪", "concept", "c");

    assertThat(questions.readAll(cells))
        .satisfiesExactly(
            concept -> assertThat(texts(concept)).containsExactly("什么是盗窃罪？", "c"),
            features ->
                assertThat(((Reading.Refused) features).reason()).isEqualTo("MISSING_REPLY"),
            judicial -> assertThat(texts(judicial)).containsExactly("盗窃罪有哪些司法解释？", "本罪名没有司法解释。"));
    assertThat(questions.read(cells)).isInstanceOf(Reading.Kept.class);
  }

  @Test
  void aConversionTurnsTheRowAround() {
    Map<String, String> cells = Map.of("title", "t", "article", "a", "summary", "s");

    assertThat(texts(Layouts.named("summary-to-title").read(cells)))
        .containsExactly("给下面的文章起一个标题。\na", "t");
    assertThat(texts(Layouts.named("summary-to-article").read(cells)).getLast()).isEqualTo("a");
    assertThat(Layouts.named("summary-to-title").read(Map.of("article", "a", "summary", "s")))
        .extracting(reading -> ((Reading.Refused) reading).column())
        .isEqualTo("title");
  }

  private static List<String> texts(Reading reading) {
    return ((Reading.Kept) reading).messages().stream().map(Message::content).toList();
  }

  private Reading read(Map<String, String> cells) {
    return layouts.forColumns(cells.keySet()).read(cells);
  }

  private List<Message> answer(Map<String, String> cells) {
    return ((Reading.Kept) read(cells)).messages();
  }
}
