package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.ngram.Bleu;
import dev.tuneline.metrics.ngram.Chrf;
import dev.tuneline.metrics.ngram.SacreBleu;
import dev.tuneline.metrics.ngram.SacreTokenizer;
import dev.tuneline.metrics.ngram.Smoothing;
import dev.tuneline.metrics.rouge.Rouge;
import dev.tuneline.metrics.rouge.RougeScores;
import dev.tuneline.metrics.rouge.Score;
import dev.tuneline.metrics.text.ExactMatch;
import dev.tuneline.metrics.text.Words;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Every measure of one answer and its reference. */
final class PairMetrics {
  private static final Pattern BLEU = Pattern.compile("bleu([1-4])_(char|words)(?:_(method\\d))?");
  private static final Pattern ROUGE = Pattern.compile("rouge_(chinese|pltrdy)(_char|_or_zero)?");
  private static final Pattern SACRE_BLEU = Pattern.compile("sacrebleu_(zh|13a)");
  private static final Pattern TOKENS =
      Pattern.compile("(?:sacrebleu_)?(?:tokens_)?(zh|13a)(?:_tokens_prediction)?");

  /** The rest says what is measured, or how a library split what is measured. */
  private static final Set<String> INFORMATIVE =
      Set.of("tag", "prediction", "reference", "rouge_chinese_sentences");

  private final Checks checks;
  private final JsonNode pair;
  private final String answer;
  private final String reference;

  PairMetrics(Checks checks, JsonNode pair) {
    this.checks = checks;
    this.pair = pair;
    this.answer = Json.text(pair, "prediction");
    this.reference = Json.text(pair, "reference");
  }

  /** {@code at} names the pair. */
  void check(String at) {
    pair.properties().forEach(field -> check(at + " ", field.getKey(), field.getValue()));
  }

  private void check(String at, String name, JsonNode value) {
    String what = at + name;
    Matcher bleu = BLEU.matcher(name);
    Matcher rouge = ROUGE.matcher(name);
    Matcher sacreBleu = SACRE_BLEU.matcher(name);
    Matcher tokens = TOKENS.matcher(name);
    if (bleu.matches()) {
      bleu(what, bleu, value);
    } else if (rouge.matches()) {
      rouge(what, rouge, value);
    } else if (sacreBleu.matches()) {
      SacreBleu sacre = new SacreBleu(tokenizer(sacreBleu.group(1)));
      sacre.add(answer, reference);
      sacreBleu(checks, what, sacre.result(), value);
    } else if (tokens.matches()) {
      checks.same(what, tokenizer(tokens.group(1)).words(answer), Json.strings(value));
    } else {
      switch (name) {
        case "jieba_prediction" -> checks.same(what, Jieba.cut(answer), Json.strings(value));
        case "jieba_reference" -> checks.same(what, Jieba.cut(reference), Json.strings(value));
        case "jieba_prediction_hmm_false" ->
            checks.same(what, Jieba.cut(answer, false), Json.strings(value));
        case "chrf" -> {
          Chrf chrf = new Chrf();
          chrf.add(answer, reference);
          checks.relative(what, chrf.score(), value);
        }
        case "exact_match" -> exact(what, ExactMatch.RAW, value);
        case "exact_match_stripped" -> exact(what, ExactMatch.STRIPPED, value);
        case "exact_match_nfkc_lower_strip" -> exact(what, ExactMatch.NORMALISED, value);
        case "exact" -> {
          exact(what, ExactMatch.RAW, value.path(0));
          exact(what, ExactMatch.STRIPPED, value.path(1));
          exact(what, ExactMatch.NORMALISED, value.path(2));
        }
        default -> {
          if (!INFORMATIVE.contains(name)) {
            checks.unchecked("unknown field " + name);
          }
        }
      }
    }
  }

  private void exact(String what, ExactMatch match, JsonNode value) {
    checks.same(what, match.matches(answer, reference), value.booleanValue());
  }

  private void bleu(String what, Matcher name, JsonNode value) {
    int orders = Integer.parseInt(name.group(1));
    boolean characters = name.group(2).equals("char");
    List<String> words = characters ? Words.ofCharacters(answer) : Jieba.cut(answer);
    List<String> wanted = characters ? Words.ofCharacters(reference) : Jieba.cut(reference);
    if (value.isObject()) {
      value
          .properties()
          .forEach(
              field ->
                  bleu(
                      what + " " + field.getKey(),
                      () -> Bleu.overWords(words, wanted, orders, smoothing(field.getKey())),
                      field.getValue()));
    } else {
      Smoothing smoothing = name.group(3) == null ? Smoothing.NONE : smoothing(name.group(3));
      bleu(what, () -> Bleu.overWords(words, wanted, orders, smoothing), value);
    }
  }

  private void bleu(String what, Supplier<Double> bleu, JsonNode expected) {
    if (expected.isNumber()) {
      checks.relative(what, bleu.get(), expected);
    } else {
      refused(what, bleu, expected.asText());
    }
  }

  private static Smoothing smoothing(String name) {
    return name.equals("method0")
        ? Smoothing.NONE
        : Smoothing.valueOf(name.toUpperCase(Locale.ROOT));
  }

  private void rouge(String what, Matcher name, JsonNode expected) {
    Rouge rouge = name.group(1).equals("chinese") ? Rouge.CHINESE : Rouge.PLTRDY;
    boolean characters = "_char".equals(name.group(2));
    List<String> words = characters ? Words.ofCharacters(answer) : Jieba.cut(answer);
    List<String> wanted = characters ? Words.ofCharacters(reference) : Jieba.cut(reference);
    if (expected.has("error")) {
      refused(what, () -> rouge.score(words, wanted), expected.path("error").asText());
      return;
    }
    RougeScores actual =
        "_or_zero".equals(name.group(2))
            ? rouge.scoreOrZero(words, wanted)
            : rouge.score(words, wanted);
    score(what + " rouge-1", actual.rouge1(), Json.field(expected, "rouge-1"));
    score(what + " rouge-2", actual.rouge2(), Json.field(expected, "rouge-2"));
    score(what + " rouge-l", actual.rougeL(), Json.field(expected, "rouge-l"));
  }

  private void score(String what, Score actual, JsonNode expected) {
    checks.relative(what + " r", actual.recall(), Json.field(expected, "r"));
    checks.relative(what + " p", actual.precision(), Json.field(expected, "p"));
    checks.relative(what + " f", actual.f1(), Json.field(expected, "f"));
  }

  /** What makes the library raise an error is a problem here. */
  private void refused(String what, Supplier<?> measure, String error) {
    try {
      checks.fail("%s: %s instead of the error \"%s\"".formatted(what, measure.get(), error));
    } catch (Problem problem) {
      // NLTK's errors are those of its arithmetic; the others' are sentences.
      int colon = error.indexOf(": ");
      checks.holds(
          "%s: \"%s\" instead of the error \"%s\"".formatted(what, problem.message(), error),
          colon < 0 || problem.message().equals(error.substring(colon + 2)));
    }
  }

  static SacreTokenizer tokenizer(String name) {
    return name.equals("zh") ? SacreTokenizer.ZH : SacreTokenizer.MTEVAL_13A;
  }

  /**
   * Compares with a score alone, with an object, or with [score, precisions, brevity penalty,
   * answer length, reference length].
   */
  static void sacreBleu(Checks checks, String what, SacreBleu.Result actual, JsonNode expected) {
    if (expected.isNumber()) {
      checks.relative(what, actual.score(), expected);
      return;
    }
    boolean array = expected.isArray();
    checks.relative(what, actual.score(), array ? expected.get(0) : expected.path("score"));
    JsonNode precisions = array ? expected.get(1) : expected.path("precisions");
    for (int i = 0; i < actual.precisions().size(); i++) {
      checks.relative(
          what + " precision " + (i + 1), actual.precisions().get(i), precisions.path(i));
    }
    checks.relative(
        what + " bp", actual.brevityPenalty(), array ? expected.get(2) : expected.path("bp"));
    checks.same(
        what + " sys_len",
        actual.answerLength(),
        (array ? expected.get(3) : expected.path("sys_len")).longValue());
    checks.same(
        what + " ref_len",
        actual.referenceLength(),
        (array ? expected.get(4) : expected.path("ref_len")).longValue());
  }
}
