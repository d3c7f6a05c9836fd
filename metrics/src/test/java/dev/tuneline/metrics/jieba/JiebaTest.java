package dev.tuneline.metrics.jieba;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.Golden;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JiebaTest {
  static Stream<JsonNode> pairs() {
    return Golden.pairs().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void cutsAsJieba(JsonNode pair) {
    assertThat(Jieba.cut(Golden.answer(pair)))
        .isEqualTo(Golden.strings(pair.get("jieba_prediction")));
    assertThat(Jieba.cut(Golden.reference(pair)))
        .isEqualTo(Golden.strings(pair.get("jieba_reference")));
    if (pair.has("jieba_prediction_hmm_false")) {
      assertThat(Jieba.cut(Golden.answer(pair), false))
          .isEqualTo(Golden.strings(pair.get("jieba_prediction_hmm_false")));
    }
  }

  @Test
  void cutsRandomMixturesAsJieba() {
    for (JsonNode line : Golden.lines("cuts.jsonl")) {
      String text = line.get("text").textValue();
      assertThat(Jieba.cut(text)).isEqualTo(Golden.strings(line.get("words")));
      assertThat(Jieba.cut(text, false)).isEqualTo(Golden.strings(line.get("words_hmm_false")));
    }
  }

  @Test
  void knowsTheWordThatThePublishedDictionaryLacks() {
    assertThat(Jieba.cut("吉林的天气")).containsExactly("吉林", "的", "天气");
  }

  @Test
  void findsNamesThatAreInNoDictionary() {
    assertThat(Jieba.cut("他来到了网易杭研大厦")).containsExactly("他", "来到", "了", "网易", "杭研", "大厦");
    assertThat(Jieba.cut("他来到了网易杭研大厦", false))
        .containsExactly("他", "来到", "了", "网易", "杭", "研", "大厦");
  }

  @ParameterizedTest(name = "{index}")
  @ValueSource(strings = {"", " ", "\r\n\t", "😀🇨🇳", "\uD83D", "a\uDE00b", "。。。\u3000……"})
  void losesNoCharacter(String text) {
    assertThat(String.join("", Jieba.cut(text))).isEqualTo(text);
    assertThat(Jieba.cut(text)).doesNotContain("");
  }
}
