package dev.tuneline.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.chat.ExampleEncoder.TrainedTurns;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleEncoderTest {
  private static final Path FIXTURES = Path.of("../fixtures");
  private static final Path MODEL = FIXTURES.resolve("models/qwen2-tied");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Tokenizer TOKENIZER = Tokenizer.load(MODEL);
  private static final ChatTemplate TEMPLATE = ChatTemplate.load(MODEL);

  @AfterAll
  static void close() {
    TOKENIZER.close();
  }

  @Test
  void masksConversationsAsTheReferenceDoes() throws IOException {
    JsonNode cases = JSON.readTree(FIXTURES.resolve("chat/sft_masks.json").toFile()).path("cases");
    assertThat(cases).hasSize(8);
    for (JsonNode c : cases) {
      List<ChatMessage> messages = ChatTemplateTest.messages(c.path("messages"));
      EncodedExample all = encoder(4096).conversation(messages, TrainedTurns.ALL);
      assertThat(all.inputIds()).containsExactly(ints(c.path("input_ids")));
      assertThat(all.labels()).containsExactly(ints(c.path("labels")));
      assertThat(all.trainedTokens()).isEqualTo(c.path("num_label_tokens").asInt());
      assertThat(all.truncated()).isFalse();
      assertThat(encoder(4096).conversation(messages, TrainedTurns.LAST).labels())
          .containsExactly(ints(c.path("labels_last_assistant_turn_only")));

      JsonNode cut = c.path("truncated");
      int length = cut.path("max_length").asInt();
      EncodedExample truncated = encoder(length).conversation(messages, TrainedTurns.ALL);
      assertThat(truncated.inputIds()).containsExactly(ints(cut.path("input_ids")));
      assertThat(truncated.labels()).containsExactly(ints(cut.path("labels")));
      assertThat(truncated.truncatedTokens()).isEqualTo(all.length() - truncated.length());
      assertThat(truncated.trainedTokens() == 0)
          .isEqualTo(cut.path("drop_because_no_label_left").asBoolean());
    }
  }

  @Test
  void joinsPairsWithTheEndOfText() throws IOException {
    JsonNode cases =
        JSON.readTree(FIXTURES.resolve("chat/prompt_completion.json").toFile()).path("cases");
    assertThat(cases).isNotEmpty();
    for (JsonNode c : cases) {
      EncodedExample pair =
          encoder(4096).pair(c.path("prompt").asText(), c.path("completion").asText());
      assertThat(pair.inputIds()).containsExactly(ints(c.path("input_ids")));
      assertThat(pair.labels()).containsExactly(ints(c.path("labels")));
    }
  }

  @Test
  void dividesLongTextsWithoutLosingAToken() {
    String text = "从前有座山，山里有座庙。 Once upon a time, in a temple. ".repeat(20);
    int[] whole = encoder(1 << 20).text(text).inputIds();
    assertThat(whole[whole.length - 1]).isEqualTo(TOKENIZER.specialTokens().eosId());
    for (int cutoff : new int[] {1, 2, 7, 64, whole.length - 1, whole.length, whole.length + 1}) {
      List<EncodedExample> pieces = encoder(cutoff).pieces(text);
      assertThat(pieces.stream().flatMapToInt(piece -> Arrays.stream(piece.inputIds())).toArray())
          .containsExactly(whole);
      assertThat(pieces)
          .allSatisfy(
              piece -> {
                assertThat(piece.length()).isBetween(cutoff > 2 ? 2 : 1, cutoff);
                assertThat(piece.labels()).containsExactly(piece.inputIds());
              });
      assertThat(ExampleView.text(text, TOKENIZER, TEMPLATE, cutoff).pieces())
          .isEqualTo(pieces.size());
    }
  }

  @Test
  void aViewShowsWhatIsTrainedAndWhatIsCut() {
    List<ChatMessage> messages =
        List.of(ChatMessage.user("你好"), ChatMessage.assistant("您好！请问有什么可以帮您？"));
    EncodedExample all = encoder(4096).conversation(messages, TrainedTurns.LAST);
    int cutoff = all.length() - 4;
    EncodedExample encoded = encoder(cutoff).conversation(messages, TrainedTurns.LAST);

    ExampleView view = ExampleView.conversation(messages, TOKENIZER, TEMPLATE, cutoff);

    assertThat(view.rendered()).isEqualTo(TEMPLATE.render(messages, false));
    assertThat(view.tokens().stream().mapToInt(ExampleView.Token::id))
        .containsExactly(Arrays.stream(all.inputIds()).boxed().toArray(Integer[]::new));
    assertThat(view.cutTokens()).isEqualTo(4).isEqualTo(encoded.truncatedTokens());
    assertThat(view.trainedTokens()).isEqualTo(encoded.trainedTokens());
    assertThat(view.tokens().subList(cutoff, all.length()))
        .allMatch(token -> token.cut() && !token.trained());
  }

  @Test
  void padsWithTheTokenizersPadToken() throws IOException {
    JsonNode root = JSON.readTree(FIXTURES.resolve("chat/prompt_completion.json").toFile());
    JsonNode collated = root.path("collated_right_padded");
    for (int row = 0; row < root.path("cases").size(); row++) {
      JsonNode c = root.path("cases").get(row);
      EncodedExample pair =
          encoder(4096).pair(c.path("prompt").asText(), c.path("completion").asText());
      int width = collated.path("input_ids").get(row).size();
      int[] ids = Arrays.copyOf(pair.inputIds(), width);
      int[] labels = Arrays.copyOf(pair.labels(), width);
      Arrays.fill(ids, pair.length(), width, TOKENIZER.specialTokens().padId());
      Arrays.fill(labels, pair.length(), width, EncodedExample.IGNORED);
      assertThat(ids).containsExactly(ints(collated.path("input_ids").get(row)));
      assertThat(labels).containsExactly(ints(collated.path("labels").get(row)));
    }
  }

  @Test
  void plainTextIsTrainedWholeWithItsEnd() {
    EncodedExample text = encoder(4096).text("一二三");
    assertThat(text.labels()).containsExactly(text.inputIds());
    assertThat(text.inputIds()[text.length() - 1]).isEqualTo(599);
  }

  @Test
  void aTemplateThatEndsNoTurnGetsTheEndOfText() throws IOException {
    JsonNode glm = JSON.readTree(FIXTURES.resolve("chat/templates.json").toFile()).path("chatglm3");
    ChatTemplate open = new ChatTemplate(glm.path("jinja").asText(), "", "</s>");
    EncodedExample example =
        new ExampleEncoder(TOKENIZER, open, 4096)
            .conversation(
                List.of(ChatMessage.user("好"), ChatMessage.assistant("嗯")), TrainedTurns.ALL);
    assertThat(example.labels()[example.length() - 1]).isEqualTo(599);
  }

  /** What the tokenizer puts before a text, the template has written already. */
  @Test
  void aConversationHasOneBeginOfText(@TempDir Path folder) throws IOException {
    String token = "<|endoftext|>";
    int begin = TOKENIZER.encode(token, false)[0];
    ObjectNode tokenizer = (ObjectNode) JSON.readTree(MODEL.resolve("tokenizer.json").toFile());
    tokenizer.set(
        "post_processor",
        JSON.readTree(
            """
            {"type": "TemplateProcessing",
             "single": [{"SpecialToken": {"id": "%1$s", "type_id": 0}},
                        {"Sequence": {"id": "A", "type_id": 0}}],
             "pair": [{"Sequence": {"id": "A", "type_id": 0}},
                      {"Sequence": {"id": "B", "type_id": 0}}],
             "special_tokens": {"%1$s": {"id": "%1$s", "ids": [%2$d], "tokens": ["%1$s"]}}}
            """
                .formatted(token, begin)));
    JSON.writeValue(folder.resolve("tokenizer.json").toFile(), tokenizer);
    Files.copy(MODEL.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
    ChatTemplate template =
        new ChatTemplate(
            "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}"
                + "<|im_end|>\n{% endfor %}"
                + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
            token, "<|im_end|>");
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("你好"),
            ChatMessage.assistant("好"),
            ChatMessage.user("再见"),
            ChatMessage.assistant("见"));
    try (Tokenizer framing = Tokenizer.load(folder)) {
      assertThat(framing.encode("好", true)).startsWith(begin);
      for (TrainedTurns turns : TrainedTurns.values()) {
        EncodedExample example =
            new ExampleEncoder(framing, template, 4096).conversation(messages, turns);
        assertThat(example.inputIds()).startsWith(begin).containsOnlyOnce(begin);
        assertThat(example.labels()).doesNotContain(begin);
      }
    }
  }

  @Test
  void whatEndsAnAnswerIsTrainedAndWhatFollowsItIsNot() {
    EncodedExample example =
        encoder(4096)
            .conversation(
                List.of(
                    ChatMessage.user("你好"),
                    ChatMessage.assistant("好"),
                    ChatMessage.user("再见"),
                    ChatMessage.assistant("见")),
                TrainedTurns.ALL);
    int end = TOKENIZER.encode("<|im_end|>", false)[0];

    int[] ends =
        IntStream.range(0, example.length()).filter(i -> example.inputIds()[i] == end).toArray();
    assertThat(ends).hasSize(4);
    for (int turn = 0; turn < 4; turn++) {
      int label = example.labels()[ends[turn]];
      assertThat(label).isEqualTo(turn % 2 == 1 ? end : EncodedExample.IGNORED);
      assertThat(example.labels()[ends[turn] + 1]).isEqualTo(EncodedExample.IGNORED);
    }
  }

  @Test
  void promptsAreMaskedHoweverMuchIsCut() {
    List<ChatMessage> messages =
        List.of(
            ChatMessage.user("怎么起诉？"),
            ChatMessage.assistant("准备材料。"),
            ChatMessage.user("然后呢？"),
            ChatMessage.assistant("去法院。"));
    for (TrainedTurns turns : TrainedTurns.values()) {
      EncodedExample whole = encoder(4096).conversation(messages, turns);
      for (int cutoff = 1; cutoff <= whole.length(); cutoff++) {
        EncodedExample cut = encoder(cutoff).conversation(messages, turns);
        assertThat(cut.inputIds()).containsExactly(Arrays.copyOf(whole.inputIds(), cutoff));
        assertThat(cut.labels()).containsExactly(Arrays.copyOf(whole.labels(), cutoff));
        assertThat(cut.truncatedTokens()).isEqualTo(whole.length() - cutoff);
      }
    }
  }

  @Test
  void aTemplateThatRewritesItsPastIsRefused() {
    ChatTemplate onlyLast = new ChatTemplate("{{ messages[-1].content }}", "", "");
    Problem problem =
        catchThrowableOfType(
            Problem.class,
            () ->
                new ExampleEncoder(TOKENIZER, onlyLast, 4096)
                    .conversation(
                        List.of(ChatMessage.user("q"), ChatMessage.assistant("a")),
                        TrainedTurns.ALL));
    assertThat(problem.reason()).isEqualTo("TEMPLATE_NOT_INCREMENTAL");
  }

  private static ExampleEncoder encoder(int maxTokens) {
    return new ExampleEncoder(TOKENIZER, TEMPLATE, maxTokens);
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }
}
