package dev.tuneline.metrics.ngram;

import dev.tuneline.metrics.text.Words;
import java.util.Arrays;
import java.util.List;

/**
 * BLEU of a corpus as sacreBLEU 2.6.0 computes it: one reference each, mixed case, n-grams of up to
 * four words, exponential smoothing.
 *
 * <p>Pairs are {@linkplain #add added} one by one. Not safe for use by several threads.
 */
public final class SacreBleu {
  private static final int ORDERS = 4;

  private final SacreTokenizer tokenizer;
  private final long[] matches = new long[ORDERS];
  private final long[] totals = new long[ORDERS];
  private long answerLength;
  private long referenceLength;

  /**
   * A corpus's BLEU.
   *
   * @param score in [0, 100]
   * @param precisions of orders 1 to 4, in [0, 100]
   * @param brevityPenalty in [0, 1]
   * @param answerLength words of all answers
   * @param referenceLength words of all references
   */
  public record Result(
      double score,
      List<Double> precisions,
      double brevityPenalty,
      long answerLength,
      long referenceLength) {}

  public SacreBleu(SacreTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /** Counts one more pair. */
  public void add(String answer, String reference) {
    Words words = new Words();
    int[] said = words.number(tokenizer.words(answer));
    int[] meant = words.number(tokenizer.words(reference));
    List<NgramOverlap> overlaps = NgramOverlap.of(said, meant, ORDERS);
    for (int i = 0; i < ORDERS; i++) {
      matches[i] += overlaps.get(i).common();
      totals[i] += overlaps.get(i).ofAnswer();
    }
    answerLength += said.length;
    referenceLength += meant.length;
  }

  /** The BLEU of all pairs so far; 0 when they have no word in common. */
  public Result result() {
    double[] precisions = new double[ORDERS];
    double score = 0;
    double brevityPenalty = Bleu.brevityPenalty(answerLength, referenceLength);
    if (matches[0] > 0) {
      double smoothing = 1;
      for (int i = 0; i < ORDERS && totals[i] > 0; i++) {
        if (matches[i] == 0) {
          smoothing *= 2;
          precisions[i] = 100 / (smoothing * totals[i]);
        } else {
          precisions[i] = 100.0 * matches[i] / totals[i];
        }
      }
      double logarithms = Arrays.stream(precisions).map(SacreBleu::floorLog).sum();
      score = brevityPenalty * Math.exp(logarithms / ORDERS);
    }
    return new Result(
        score,
        Arrays.stream(precisions).boxed().toList(),
        brevityPenalty,
        answerLength,
        referenceLength);
  }

  private static double floorLog(double precision) {
    return precision == 0 ? -9_999_999_999.0 : Math.log(precision);
  }
}
