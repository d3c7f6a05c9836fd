package dev.tuneline.engine.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.errors.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerTest {
  private static final Path FIXTURES = Path.of("../fixtures");
  private static final Path MODEL = FIXTURES.resolve("models/qwen2-tied");
  private static final Tokenizer TOKENIZER = Tokenizer.load(MODEL);

  @AfterAll
  static void close() {
    TOKENIZER.close();
  }

  @Test
  void encodesAndDecodesAsTheReferenceDoes() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(FIXTURES.resolve("chat/tokenize.json").toFile());
    assertThat(cases.path("cases")).isNotEmpty();
    for (JsonNode c : cases.path("cases")) {
      String text = c.path("text").asText();
      int[] ids = TOKENIZER.encode(text, false);
      assertThat(ids).as(text).containsExactly(ints(c.path("ids")));
      assertThat(TOKENIZER.decode(ids, false))
          .as(text)
          .isEqualTo(c.path("decoded_keep_special").asText());
      assertThat(TOKENIZER.decode(ids, true))
          .as(text)
          .isEqualTo(c.path("decoded_skip_special").asText());
    }
  }

  @Test
  void readsSpecialTokensFromTheFolder() {
    SpecialTokens special = TOKENIZER.specialTokens();
    assertThat(special.eosId()).isEqualTo(599);
    assertThat(special.padId()).isEqualTo(597);
    assertThat(special.stopIds()).containsExactlyInAnyOrder(599, 597);
    assertThat(special.specialIds()).containsExactlyInAnyOrder(597, 598, 599);
    assertThat(TOKENIZER.vocabularySize()).isEqualTo(600);
    assertThat(TOKENIZER.tokenId("<|im_start|>")).hasValue(598);
    assertThat(TOKENIZER.tokenId("no such token")).isEmpty();
  }

  @Test
  void tokenBytesJoinedAreTheTextsBytes() {
    String text = "律师\u0000 naïve\n🙂👨‍👩‍👧 x<|im_end|>";
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (int id : TOKENIZER.encode(text, false)) {
      joined.writeBytes(TOKENIZER.tokenBytes(id));
    }
    assertThat(joined.toString(UTF_8)).isEqualTo(text);
    assertThat(TOKENIZER.tokenText(599)).isEqualTo("<|im_end|>");
  }

  @Test
  void aLoneSurrogateIsAReplacementCharacter() {
    assertThat(TOKENIZER.encode("a\uD83Db", false))
        .containsExactly(TOKENIZER.encode("a\uFFFDb", false));
  }

  @Test
  void digestNamesTheTokenizer() {
    assertThat(TOKENIZER.digest()).hasSize(64).matches("[0-9a-f]+");
  }

  @Test
  void aFolderWithoutTokenizerIsTheCallersProblem(@TempDir Path folder) {
    Problem problem = catchThrowableOfType(Problem.class, () -> Tokenizer.load(folder));
    assertThat(problem.reason()).isEqualTo("MISSING_TOKENIZER");
    assertThat(problem.message()).contains("vocab.txt", "tokenizer.model", "merges.txt");
    assertThat(problem.details()).containsKeys(Problem.FILE, Problem.MEND);
  }

  @Test
  void aBrokenTokenizerIsNamed(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), "{\"model\": ");
    assertThat(catchThrowableOfType(Problem.class, () -> Tokenizer.load(folder)).reason())
        .isEqualTo("BAD_TOKENIZER");
    Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\": \"a\"}");
    Files.writeString(
        folder.resolve("tokenizer.json"), "{\"model\": {\"type\": \"?\", \"vocab\": {\"a\": 0}}}");
    assertThat(catchThrowableOfType(Problem.class, () -> Tokenizer.load(folder)).reason())
        .isEqualTo("BAD_TOKENIZER");
  }

  @Test
  void aTokenizerThatNothingEndsIsRefused(@TempDir Path folder) throws IOException {
    Files.copy(MODEL.resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    assertThat(catchThrowableOfType(Problem.class, () -> Tokenizer.load(folder)).reason())
        .isEqualTo("MISSING_EOS_TOKEN");
  }

  @Test
  void aClosedTokenizerRefusesWork() {
    Tokenizer tokenizer = Tokenizer.load(MODEL);
    tokenizer.close();
    tokenizer.close();
    assertThatThrownBy(() -> tokenizer.encode("x", false))
        .isInstanceOf(IllegalStateException.class);
  }

  private static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).asInt();
    }
    return values;
  }
}
