package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.classification.Classification;
import dev.tuneline.metrics.classification.PrecisionRecall;
import dev.tuneline.metrics.jieba.Jieba;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Documents of {@code metrics/}: answers measured one by one and together, and labels. */
final class MetricCases implements CaseKind {
  @Override
  public String folder() {
    return "metrics";
  }

  @Override
  public List<ParityCase> cases(Path root) {
    List<ParityCase> cases = new ArrayList<>();
    for (Path file : Folders.files(root.resolve("metrics"))) {
      String name = "metrics/" + Folders.name(file);
      switch (Folders.name(file)) {
        case "metrics.jsonl", "pairs.jsonl" ->
            cases.add(new ParityCase(name, checks -> pairs(checks, Json.lines(file))));
        case "corpus.json" -> cases.add(corpus(name, file, "metrics.jsonl"));
        case "pairs-corpus.json" -> cases.add(corpus(name, file, "pairs.jsonl"));
        case "cuts.jsonl" ->
            cases.add(new ParityCase(name, checks -> cuts(checks, Json.lines(file))));
        case "classification.json" ->
            cases.add(new ParityCase(name, checks -> labels(checks, Json.read(file))));
        case "versions.json" -> {}
        default -> cases.add(ParityCase.unsupported(name, "files like " + name));
      }
    }
    return cases;
  }

  private static ParityCase corpus(String name, Path file, String pairs) {
    return new ParityCase(
        name,
        checks ->
            new CorpusMetrics(checks, Json.lines(file.resolveSibling(pairs)))
                .check(Json.read(file)));
  }

  private static void pairs(Checks checks, List<JsonNode> pairs) {
    for (int i = 0; i < pairs.size(); i++) {
      JsonNode pair = pairs.get(i);
      new PairMetrics(checks, pair).check(pair.path("tag").asText("line " + (i + 1)));
    }
  }

  private static void cuts(Checks checks, List<JsonNode> lines) {
    for (int i = 0; i < lines.size(); i++) {
      String text = Json.text(lines.get(i), "text");
      String what = "line " + (i + 1);
      checks.same(what, Jieba.cut(text), Json.strings(Json.field(lines.get(i), "words")));
      if (lines.get(i).has("words_hmm_false")) {
        checks.same(
            what + " without HMM",
            Jieba.cut(text, false),
            Json.strings(lines.get(i).path("words_hmm_false")));
      }
    }
  }

  private static void labels(Checks checks, JsonNode document) {
    Classification actual =
        Classification.of(
            Json.strings(Json.field(document, "gold")),
            Json.strings(Json.field(document, "predicted")));
    document
        .properties()
        .forEach(
            field -> {
              JsonNode value = field.getValue();
              String name = field.getKey();
              switch (name) {
                case "labels_sorted" -> checks.same(name, actual.labels(), Json.strings(value));
                case "accuracy" -> checks.relative(name, actual.accuracy(), value);
                case "micro_prf" -> scores(checks, name, actual.micro(), value);
                case "macro_prf" -> scores(checks, name, actual.macro(), value);
                case "weighted_prf" -> scores(checks, name, actual.weighted(), value);
                case "per_label" -> perLabel(checks, actual, value);
                case "confusion_rows_gold" -> confusion(checks, actual, value);
                case "gold", "predicted", "note" -> {}
                default -> checks.unchecked("unknown field " + name);
              }
            });
  }

  private static void scores(
      Checks checks, String what, PrecisionRecall actual, JsonNode expected) {
    checks.relative(what + " precision", actual.precision(), expected.get(0));
    checks.relative(what + " recall", actual.recall(), expected.get(1));
    checks.relative(what + " f1", actual.f1(), expected.get(2));
  }

  private static void perLabel(Checks checks, Classification actual, JsonNode expected) {
    for (int i = 0; i < actual.labels().size(); i++) {
      String label = actual.labels().get(i);
      JsonNode own = Json.field(expected, label);
      PrecisionRecall score = actual.ofLabel(i);
      checks.relative(label + " precision", score.precision(), Json.field(own, "precision"));
      checks.relative(label + " recall", score.recall(), Json.field(own, "recall"));
      checks.relative(label + " f1", score.f1(), Json.field(own, "f1"));
      checks.same(label + " support", actual.support(i), Json.field(own, "support").intValue());
    }
  }

  private static void confusion(Checks checks, Classification actual, JsonNode expected) {
    for (int gold = 0; gold < expected.size(); gold++) {
      int[] row = new int[expected.get(gold).size()];
      for (int predicted = 0; predicted < row.length; predicted++) {
        row[predicted] = actual.confusion(gold, predicted);
      }
      checks.ids("confusion of " + actual.labels().get(gold), row, expected.get(gold));
    }
  }
}
