package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.AnswerMetrics;
import dev.tuneline.metrics.ngram.SacreBleu;
import dev.tuneline.metrics.ngram.SacreTokenizer;
import java.util.List;

/** Measures of many answers together. */
final class CorpusMetrics {
  private final Checks checks;
  private final List<JsonNode> pairs;
  private final AnswerMetrics.Result actual;

  CorpusMetrics(Checks checks, List<JsonNode> pairs) {
    this.checks = checks;
    this.pairs = pairs;
    AnswerMetrics metrics = new AnswerMetrics();
    pairs.forEach(p -> metrics.add(Json.text(p, "prediction"), Json.text(p, "reference")));
    this.actual = metrics.result();
  }

  void check(JsonNode document) {
    document.properties().forEach(field -> check(field.getKey(), field.getValue()));
  }

  private void check(String name, JsonNode value) {
    switch (name) {
      case "rows" -> checks.same(name, actual.pairs(), value.intValue());
      case "sacrebleu_zh" -> PairMetrics.sacreBleu(checks, name, actual.sacreBleu(), value);
      case "sacrebleu_13a" -> PairMetrics.sacreBleu(checks, name, mteval(), value);
      case "chrf" ->
          checks.relative(
              name, actual.chrf(), value.isNumber() ? value : Json.field(value, "score"));
      case "mean_over_rows_empty_counts_as_zero" ->
          value.properties().forEach(mean -> check(mean.getKey(), mean.getValue()));
      case "rouge-1_f" -> checks.relative(name, actual.rouge1(), value);
      case "rouge-2_f" -> checks.relative(name, actual.rouge2(), value);
      case "rouge-l_f" -> checks.relative(name, actual.rougeL(), value);
      case "bleu1_char" -> checks.relative(name, actual.bleu1(), value);
      case "bleu4_char_method3" -> checks.relative(name, actual.bleu4(), value);
      case "exact_match_accuracy" -> checks.relative(name, actual.rawMatch(), value);
      case "exact_match_stripped_accuracy" -> checks.relative(name, actual.strippedMatch(), value);
      default -> checks.unchecked("unknown field " + name);
    }
  }

  private SacreBleu.Result mteval() {
    SacreBleu sacre = new SacreBleu(SacreTokenizer.MTEVAL_13A);
    pairs.forEach(p -> sacre.add(Json.text(p, "prediction"), Json.text(p, "reference")));
    return sacre.result();
  }
}
