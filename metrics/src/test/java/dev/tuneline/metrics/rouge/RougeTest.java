package dev.tuneline.metrics.rouge;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.Golden;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.text.Words;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RougeTest {
  static Stream<JsonNode> pairs() {
    return Stream.concat(Golden.pairs().stream(), Golden.randomPairs().stream());
  }

  static Stream<JsonNode> randomPairs() {
    return Golden.randomPairs().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void equalsBothLibrariesOverWords(JsonNode pair) {
    List<String> answer = Jieba.cut(Golden.answer(pair));
    List<String> reference = Jieba.cut(Golden.reference(pair));

    assertEqual(Rouge.CHINESE, answer, reference, pair.get("rouge_chinese"));
    assertEqual(Rouge.PLTRDY, answer, reference, pair.get("rouge_pltrdy"));
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("randomPairs")
  void equalsBothLibrariesOverCharacters(JsonNode pair) {
    List<String> answer = Words.ofCharacters(Golden.answer(pair));
    List<String> reference = Words.ofCharacters(Golden.reference(pair));

    assertEqual(Rouge.CHINESE, answer, reference, pair.get("rouge_chinese_char"));
    assertEqual(Rouge.PLTRDY, answer, reference, pair.get("rouge_pltrdy_char"));
  }

  @Test
  void countsAnEmptySideAsZeroWhenAsked() {
    assertThat(Rouge.CHINESE.scoreOrZero(List.of(), List.of("好"))).isEqualTo(RougeScores.ZERO);
    assertThat(Rouge.CHINESE.scoreOrZero(List.of("好"), List.of())).isEqualTo(RougeScores.ZERO);
  }

  private static void assertEqual(
      Rouge rouge, List<String> answer, List<String> reference, JsonNode expected) {
    if (expected.has("error")) {
      assertThatThrownBy(() -> rouge.score(answer, reference))
          .isInstanceOf(Problem.class)
          .hasMessage(expected.get("error").textValue().replace("ValueError: ", ""));
      return;
    }
    RougeScores scores = rouge.score(answer, reference);
    assertEqual(scores.rouge1(), expected.get("rouge-1"));
    assertEqual(scores.rouge2(), expected.get("rouge-2"));
    assertEqual(scores.rougeL(), expected.get("rouge-l"));
  }

  private static void assertEqual(Score score, JsonNode expected) {
    assertEqual(score.recall(), expected.get("r"));
    assertEqual(score.precision(), expected.get("p"));
    assertEqual(score.f1(), expected.get("f"));
  }

  private static void assertEqual(double actual, JsonNode expected) {
    assertThat(actual).isCloseTo(expected.doubleValue(), closely(expected.doubleValue()));
  }
}
