package dev.tuneline.metrics;

import dev.tuneline.errors.Problem;
import dev.tuneline.metrics.jieba.Jieba;
import dev.tuneline.metrics.ngram.Bleu;
import dev.tuneline.metrics.ngram.Chrf;
import dev.tuneline.metrics.ngram.SacreBleu;
import dev.tuneline.metrics.ngram.SacreTokenizer;
import dev.tuneline.metrics.ngram.Smoothing;
import dev.tuneline.metrics.rouge.Rouge;
import dev.tuneline.metrics.rouge.RougeScores;
import dev.tuneline.metrics.text.ExactMatch;

/**
 * The usual measures of a corpus of answers against their references. ROUGE is over jieba's words,
 * after {@code rouge_chinese}; a pair with an empty side counts as 0.
 *
 * <p>Pairs are {@linkplain #add added} one by one. Not safe for use by several threads.
 */
public final class AnswerMetrics {
  private final SacreBleu sacreBleu = new SacreBleu(SacreTokenizer.ZH);
  private final Chrf chrf = new Chrf();
  private int pairs;
  private double rouge1;
  private double rouge2;
  private double rougeL;
  private double bleu1;
  private double bleu4;
  private int rawMatches;
  private int strippedMatches;
  private int normalisedMatches;

  /**
   * A corpus's measures.
   *
   * @param pairs answers with their references
   * @param rouge1 mean F1, in [0, 1]
   * @param rouge2 mean F1, in [0, 1]
   * @param rougeL mean F1, in [0, 1]
   * @param bleu1 mean over characters, in [0, 1]
   * @param bleu4 mean over characters with smoothing method 3, in [0, 1]
   * @param sacreBleu of the whole corpus, with the tokenizer {@code zh}
   * @param chrf of the whole corpus, in [0, 100]
   * @param rawMatch the share of answers that are their references, in [0, 1]
   * @param strippedMatch the share of those that are but for white space at the ends, in [0, 1]
   * @param normalisedMatch the share of those that are but for case and form too, in [0, 1]
   */
  public record Result(
      int pairs,
      double rouge1,
      double rouge2,
      double rougeL,
      double bleu1,
      double bleu4,
      SacreBleu.Result sacreBleu,
      double chrf,
      double rawMatch,
      double strippedMatch,
      double normalisedMatch) {}

  /** Measures one more pair. */
  public void add(String answer, String reference) {
    RougeScores rouge = Rouge.CHINESE.scoreOrZero(Jieba.cut(answer), Jieba.cut(reference));
    rouge1 += rouge.rouge1().f1();
    rouge2 += rouge.rouge2().f1();
    rougeL += rouge.rougeL().f1();
    bleu1 += Bleu.overCharacters(answer, reference, 1, Smoothing.NONE);
    bleu4 += Bleu.overCharacters(answer, reference, 4, Smoothing.METHOD3);
    sacreBleu.add(answer, reference);
    chrf.add(answer, reference);
    rawMatches += ExactMatch.RAW.matches(answer, reference) ? 1 : 0;
    strippedMatches += ExactMatch.STRIPPED.matches(answer, reference) ? 1 : 0;
    normalisedMatches += ExactMatch.NORMALISED.matches(answer, reference) ? 1 : 0;
    pairs++;
  }

  /**
   * The measures of all pairs so far.
   *
   * @throws Problem NO_ANSWERS before the first
   */
  public Result result() {
    if (pairs == 0) {
      throw Problem.caller("NO_ANSWERS", "there is no answer to measure");
    }
    return new Result(
        pairs,
        rouge1 / pairs,
        rouge2 / pairs,
        rougeL / pairs,
        bleu1 / pairs,
        bleu4 / pairs,
        sacreBleu.result(),
        chrf.score(),
        (double) rawMatches / pairs,
        (double) strippedMatches / pairs,
        (double) normalisedMatches / pairs);
  }
}
