package dev.tuneline.metrics.ngram;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.Golden;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.text.PythonText;
import dev.tuneline.metrics.text.Words;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BleuTest {
  static Stream<JsonNode> pairs() {
    return Golden.pairs().stream();
  }

  static Stream<JsonNode> randomPairs() {
    return Golden.randomPairs().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void equalsNltkOverCharacters(JsonNode pair) {
    assertEqual(pair, 1, Smoothing.NONE, "bleu1_char");
    assertEqual(pair, 1, Smoothing.METHOD1, "bleu1_char_method1");
    assertEqual(pair, 4, Smoothing.NONE, "bleu4_char");
    assertEqual(pair, 4, Smoothing.METHOD1, "bleu4_char_method1");
    assertEqual(pair, 4, Smoothing.METHOD3, "bleu4_char_method3");
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("randomPairs")
  void equalsNltkWithEverySmoothing(JsonNode pair) {
    List<String> answer = Words.ofCharacters(Golden.answer(pair));
    List<String> reference = Words.ofCharacters(Golden.reference(pair));
    assertEqual(answer, reference, 1, pair.get("bleu1_char"));
    assertEqual(answer, reference, 4, pair.get("bleu4_char"));
    assertEqual(
        Jieba.cut(Golden.answer(pair)),
        Jieba.cut(Golden.reference(pair)),
        2,
        pair.get("bleu2_words"));
  }

  @ParameterizedTest(name = "{index}")
  @CsvSource({"0", "5"})
  void takesOneToFourOrders(int orders) {
    assertThatThrownBy(() -> Bleu.overCharacters("好", "好", orders, Smoothing.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertEqual(JsonNode pair, int orders, Smoothing smoothing, String key) {
    double expected = pair.get(key).doubleValue();
    assertThat(Bleu.overCharacters(Golden.answer(pair), Golden.reference(pair), orders, smoothing))
        .as(key)
        .isCloseTo(expected, closely(expected));
  }

  /** NLTK's method6 fails without a trigram in common, and so does ours. */
  private static void assertEqual(
      List<String> answer, List<String> reference, int orders, JsonNode expected) {
    for (Smoothing smoothing : Smoothing.values()) {
      JsonNode value = expected.get(PythonText.lower(smoothing.name()));
      if (value.isTextual()) {
        assertThatThrownBy(() -> Bleu.overWords(answer, reference, orders, smoothing))
            .isInstanceOf(Problem.class);
      } else {
        assertThat(Bleu.overWords(answer, reference, orders, smoothing))
            .as("%s", smoothing)
            .isCloseTo(value.doubleValue(), closely(value.doubleValue()));
      }
    }
  }
}
