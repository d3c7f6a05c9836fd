package dev.tuneline.metrics;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import org.junit.jupiter.api.Test;

class AnswerMetricsTest {
  @Test
  void equalsThePythonLibrariesOverACorpus() {
    AnswerMetrics metrics = new AnswerMetrics();
    for (JsonNode pair : Golden.pairs()) {
      metrics.add(Golden.answer(pair), Golden.reference(pair));
    }

    AnswerMetrics.Result result = metrics.result();

    JsonNode corpus = Golden.json("corpus.json");
    JsonNode means = corpus.get("mean_over_rows_empty_counts_as_zero");
    assertThat(result.pairs()).isEqualTo(corpus.get("rows").intValue());
    assertEqual(result.rouge1(), means.get("rouge-1_f"));
    assertEqual(result.rouge2(), means.get("rouge-2_f"));
    assertEqual(result.rougeL(), means.get("rouge-l_f"));
    assertEqual(result.bleu1(), means.get("bleu1_char"));
    assertEqual(result.bleu4(), means.get("bleu4_char_method3"));
    assertEqual(result.chrf(), corpus.get("chrf").get("score"));
    assertEqual(result.rawMatch(), corpus.get("exact_match_accuracy"));
    assertEqual(result.strippedMatch(), corpus.get("exact_match_stripped_accuracy"));
    JsonNode bleu = corpus.get("sacrebleu_zh");
    assertEqual(result.sacreBleu().score(), bleu.get("score"));
    assertEqual(result.sacreBleu().brevityPenalty(), bleu.get("bp"));
    assertThat(result.sacreBleu().answerLength()).isEqualTo(bleu.get("sys_len").longValue());
    assertThat(result.sacreBleu().referenceLength()).isEqualTo(bleu.get("ref_len").longValue());
    for (int i = 0; i < 4; i++) {
      assertEqual(result.sacreBleu().precisions().get(i), bleu.get("precisions").get(i));
    }
  }

  @Test
  void hasNoMeanOfNothing() {
    assertThatThrownBy(() -> new AnswerMetrics().result())
        .isInstanceOf(Problem.class)
        .hasMessage("there is no answer to measure");
  }

  private static void assertEqual(double actual, JsonNode expected) {
    assertThat(actual).isCloseTo(expected.doubleValue(), closely(expected.doubleValue()));
  }
}
