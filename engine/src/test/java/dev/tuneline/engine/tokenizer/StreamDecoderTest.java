package dev.tuneline.engine.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamDecoderTest {
  private static final Tokenizer TOKENIZER =
      Tokenizer.load(Path.of("../fixtures/models/qwen2-tied"));

  @AfterAll
  static void close() {
    TOKENIZER.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Hello world, hello!",
        "劳动合同到期公司不续签，有没有经济补偿？",
        "🙂 smile 👨‍👩‍👧‍👦 family 🇨🇳 flag",
        "𠮷野家 naïve e\u0301",
        "a genuine \uFFFD stays",
        "ends in \uFFFD",
        "  spaces \n\n and lines  "
      })
  void partsAreWholeCharactersAndJoinToTheText(String text) {
    int[] ids = TOKENIZER.encode(text, false);
    List<String> parts = stream(ids);
    assertThat(String.join("", parts)).isEqualTo(TOKENIZER.decode(ids, true));
    for (String part : parts) {
      assertThat(part.codePoints()).noneMatch(c -> c >= 0xD800 && c <= 0xDFFF);
      if (!text.contains("\uFFFD")) {
        assertThat(part).doesNotContain("\uFFFD");
      }
    }
  }

  @Test
  void aCharacterOfSeveralTokensWaitsForItsLast() {
    int[] ids = TOKENIZER.encode("🙂", false);
    assertThat(ids.length).isGreaterThan(1);
    List<String> parts = stream(ids);
    assertThat(parts.subList(0, ids.length - 1)).allMatch(String::isEmpty);
    assertThat(parts.get(ids.length - 1)).isEqualTo("🙂");
  }

  @Test
  void anUnfinishedCharacterShowsAtTheEnd() {
    int[] ids = TOKENIZER.encode("x🙂", false);
    StreamDecoder decoder = TOKENIZER.streamDecoder();
    assertThat(decoder.next(ids[0])).isEqualTo("x");
    assertThat(decoder.next(ids[1])).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
  }

  @Test
  void specialTokensAreSilent() {
    assertThat(stream(new int[] {598, 599})).allMatch(String::isEmpty);
  }

  @Test
  void anyTokensAtAllJoinToTheirDecoding() {
    Random random = new Random(7);
    for (int round = 0; round < 300; round++) {
      int[] ids = random.ints(1 + random.nextInt(120), 0, 600).toArray();
      assertThat(String.join("", stream(ids))).isEqualTo(TOKENIZER.decode(ids, true));
    }
    // Only continuation bytes: nothing is ever complete, and the window must still move on.
    int[] endless = IntStream.generate(() -> 121).limit(200).toArray();
    assertThat(String.join("", stream(endless))).isEqualTo(TOKENIZER.decode(endless, true));
  }

  private static List<String> stream(int[] ids) {
    StreamDecoder decoder = TOKENIZER.streamDecoder();
    List<String> parts = new ArrayList<>();
    for (int id : ids) {
      parts.add(decoder.next(id));
    }
    parts.add(decoder.finish());
    return parts;
  }
}
