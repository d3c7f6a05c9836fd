package dev.tuneline.metrics.ngram;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.Golden;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SacreBleuTest {
  static Stream<JsonNode> pairs() {
    return Golden.pairs().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void scoresAPairAsACorpusOfOne(JsonNode pair) {
    SacreBleu bleu = new SacreBleu(SacreTokenizer.ZH);
    bleu.add(Golden.answer(pair), Golden.reference(pair));

    double expected = pair.get("sacrebleu_zh").doubleValue();
    assertThat(bleu.result().score()).isCloseTo(expected, closely(expected));
    if (pair.has("sacrebleu_zh_tokens_prediction")) {
      assertThat(SacreTokenizer.ZH.words(Golden.answer(pair)))
          .isEqualTo(Golden.strings(pair.get("sacrebleu_zh_tokens_prediction")));
    }
  }

  @ParameterizedTest(name = "{index}")
  @EnumSource
  void equalsSacreBleuOverRandomPairs(SacreTokenizer tokenizer) {
    String name = tokenizer == SacreTokenizer.ZH ? "zh" : "13a";
    SacreBleu corpus = new SacreBleu(tokenizer);
    for (JsonNode pair : Golden.randomPairs()) {
      SacreBleu single = new SacreBleu(tokenizer);
      single.add(Golden.answer(pair), Golden.reference(pair));
      corpus.add(Golden.answer(pair), Golden.reference(pair));

      assertEqual(single.result(), pair.get("sacrebleu_" + name));
      assertThat(tokenizer.words(Golden.answer(pair)))
          .isEqualTo(Golden.strings(pair.get("tokens_" + name)));
    }
    assertEqual(corpus.result(), Golden.json("pairs-corpus.json").get("sacrebleu_" + name));
  }

  @Test
  void restoresTheEntitiesOfWebPages() {
    assertThat(SacreTokenizer.MTEVAL_13A.words("a&lt;b &amp;c 1,000.5x"))
        .isEqualTo(List.of("a", "<", "b", "&", "c", "1,000.5x"));
  }

  /** Score, precisions, brevity penalty, both lengths. */
  private static void assertEqual(SacreBleu.Result result, JsonNode expected) {
    assertEqual(result.score(), expected.get(0));
    for (int i = 0; i < 4; i++) {
      assertEqual(result.precisions().get(i), expected.get(1).get(i));
    }
    assertEqual(result.brevityPenalty(), expected.get(2));
    assertThat(result.answerLength()).isEqualTo(expected.get(3).longValue());
    assertThat(result.referenceLength()).isEqualTo(expected.get(4).longValue());
  }

  private static void assertEqual(double actual, JsonNode expected) {
    assertThat(actual).isCloseTo(expected.doubleValue(), closely(expected.doubleValue()));
  }
}
