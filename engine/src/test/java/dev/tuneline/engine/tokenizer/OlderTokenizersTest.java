package dev.tuneline.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Folders without tokenizer.json; ids and texts were computed with transformers 5.18 and, where no
 * tokenizer class is known to it, with sentencepiece 0.2.
 */
class OlderTokenizersTest {
  private static final Path FOLDER = Path.of("src/test/resources/tokenizers");
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path temp;

  @ParameterizedTest
  @ValueSource(strings = {"wordpiece", "sentencepiece-bpe", "sentencepiece-unigram", "byte-level"})
  void readsThemAsTransformersDoes(String kind) throws IOException {
    copy(kind);
    for (JsonNode variant : JSON.readTree(FOLDER.resolve(kind + "/cases.json").toFile())) {
      configure(variant.path("tokenizer_config"));
      assertThat(variant.path("cases").size()).isGreaterThan(60);
      try (Tokenizer tokenizer = Tokenizer.load(temp)) {
        for (JsonNode c : variant.path("cases")) {
          check(tokenizer, c, variant.path("tokenizer_config").toString());
        }
      }
    }
  }

  private static void check(Tokenizer tokenizer, JsonNode c, String as) {
    String text = c.path("text").asText();
    int[] ids = Fixtures.ints(c.path("ids"));
    assertThat(tokenizer.encode(text, false)).as("%s %s", as, text).containsExactly(ids);
    if (c.has("special")) {
      assertThat(tokenizer.encode(text, true))
          .as("%s %s", as, text)
          .containsExactly(Fixtures.ints(c.path("special")));
    }
    assertThat(tokenizer.decode(ids, false)).as(as).isEqualTo(c.path("decoded").textValue());
    StreamDecoder stream = tokenizer.streamDecoder();
    StringBuilder joined = new StringBuilder();
    for (int id : ids) {
      joined.append(stream.next(id));
    }
    assertThat(joined.append(stream.finish()).toString())
        .isEqualTo(tokenizer.decodeAsIs(ids, true));
  }

  @Test
  void framesChatGlmPromptsAsItsOwnCodeDoes() throws IOException {
    copy("sentencepiece-bpe");
    Files.writeString(temp.resolve("config.json"), "{\"model_type\": \"chatglm\"}");
    ChatTemplate template = ChatTemplate.load(temp);
    assertThat(template.eosToken()).isEqualTo("</s>");
    try (Tokenizer tokenizer = Tokenizer.load(temp)) {
      for (JsonNode c : JSON.readTree(FOLDER.resolve("chatglm.json").toFile())) {
        List<ChatMessage> messages =
            c.path("messages")
                .valueStream()
                .map(m -> new ChatMessage(m.path("role").asText(), m.path("content").asText()))
                .toList();
        assertThat(tokenizer.encode(template.render(messages, true), false))
            .containsExactly(Fixtures.ints(c.path("ids")));
      }
      assertThat(tokenizer.encode("", true)).containsExactly(1501, 1503);
      SpecialTokens special = tokenizer.specialTokens();
      assertThat(special.eosId()).isEqualTo(2);
      assertThat(special.stopIds()).containsExactlyInAnyOrder(2, 1506, 1508);
      assertThat(special.padId()).isEqualTo(0);
      assertThat(special.specialIds()).contains(1500, 1508);
      assertThat(tokenizer.vocabularySize()).isEqualTo(1509);
    }
  }

  @Test
  void handsOutWholeCharactersOfByteTokens() throws IOException {
    copy("sentencepiece-bpe");
    try (Tokenizer tokenizer = Tokenizer.load(temp)) {
      int[] bytes =
          Stream.of("<0xF0>", "<0x9F>", "<0x98>", "<0x80>", "<0xE4>", "<0xBD>", "<0xA0>", "<0xE4>")
              .map(tokenizer::tokenId)
              .mapToInt(OptionalInt::orElseThrow)
              .toArray();
      StreamDecoder stream = tokenizer.streamDecoder();
      List<String> parts =
          Stream.iterate(0, i -> i < 8, i -> i + 1).map(i -> stream.next(bytes[i])).toList();
      assertThat(parts).containsExactly("", "", "", "😀", "", "", "你", "");
      assertThat(stream.next(tokenizer.encode("a", false)[0])).isEqualTo("\uFFFD a");
      assertThat(stream.finish()).isEmpty();
      assertThat(tokenizer.tokenBytes(bytes[0])).containsExactly(0xF0);
      assertThat(tokenizer.tokenText(tokenizer.encode("a", false)[0])).isEqualTo(" a");
    }
  }

  @Test
  void neverSplitTokensStay() throws IOException {
    copy("wordpiece");
    Files.writeString(
        temp.resolve("tokenizer_config.json"), "{\"never_split\": [\"kept_one\", \"absent_one\"]}");
    try (Tokenizer tokenizer = Tokenizer.load(temp)) {
      int kept = tokenizer.tokenId("kept_one").orElseThrow();
      assertThat(tokenizer.encode("a kept_one b", false)).hasSize(3).contains(kept);
    }
  }

  @Test
  void tokensThatOnlyTheSettingsNameAreAdded() throws IOException {
    Path model = Fixtures.path("models/qwen2-tied");
    Files.copy(model.resolve("tokenizer.json"), temp.resolve("tokenizer.json"));
    Files.writeString(
        temp.resolve("tokenizer_config.json"),
        """
        {"eos_token": "<|im_end|>", "added_tokens_decoder": {
          "602": {"content": "<|tool|>", "special": true},
          "599": {"content": "<|im_end|>", "special": true}}}
        """);
    try (Tokenizer tokenizer = Tokenizer.load(temp)) {
      assertThat(tokenizer.encode("<|tool|>a<|im_end|>", false))
          .startsWith(602)
          .endsWith(599)
          .hasSize(3);
      assertThat(tokenizer.specialTokens().specialIds()).contains(602);
      assertThat(tokenizer.vocabularySize()).isEqualTo(603);
      // The model's embedding may be padded further.
      assertThat(tokenizer.tokenText(640)).isEmpty();
      assertThat(tokenizer.decode(new int[] {640}, false)).isEmpty();
    }
  }

  @Test
  void idsFarBeyondTheVocabularyAreRefused() throws IOException {
    copy("wordpiece");
    for (String id : List.of("2147483647", "900000", "x")) {
      Files.writeString(
          temp.resolve("tokenizer_config.json"),
          "{\"added_tokens_decoder\": {\"%s\": {\"content\": \"<t>\"}}}".formatted(id));
      Problem problem = catchThrowableOfType(Problem.class, () -> Tokenizer.load(temp).close());
      assertThat(problem.reason()).isEqualTo("BAD_TOKENIZER");
    }
  }

  @Test
  void damagedModelsAreNamed() throws IOException {
    byte[] whole = Files.readAllBytes(FOLDER.resolve("sentencepiece-bpe/tokenizer.model"));
    for (byte[] damaged :
        List.of(
            java.util.Arrays.copyOf(whole, whole.length / 2),
            "IQ== 0\nIg== 1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8),
            new byte[0])) {
      Files.write(temp.resolve("tokenizer.model"), damaged);
      Problem problem = catchThrowableOfType(Problem.class, () -> Tokenizer.load(temp).close());
      assertThat(problem.reason()).isEqualTo("BAD_TOKENIZER");
      assertThat(problem.message()).contains("not a SentencePiece model");
    }
  }

  private void configure(JsonNode config) throws IOException {
    Files.writeString(temp.resolve("tokenizer_config.json"), config.toString());
  }

  private void copy(String kind) throws IOException {
    try (Stream<Path> files = Files.list(FOLDER.resolve(kind))) {
      for (Path file : files.toList()) {
        Files.copy(file, temp.resolve(file.getFileName().toString()));
      }
    }
  }
}
