package dev.tuneline.metrics.ngram;

import dev.tuneline.metrics.text.Words;
import java.util.Arrays;
import java.util.List;

/**
 * BLEU of one answer against one reference (Papineni et al. 2002), as NLTK's {@code sentence_bleu}
 * computes it with equal weights.
 */
public final class Bleu {
  private static final int MOST_ORDERS = 5;

  private Bleu() {}

  /**
   * Over characters: Unicode code points, white space included.
   *
   * @return in [0, 1]; 0 when no character is common
   */
  public static double overCharacters(
      String answer, String reference, int orders, Smoothing smoothing) {
    return of(Words.characters(answer), Words.characters(reference), orders, smoothing);
  }

  /**
   * Over words as somebody else has cut them.
   *
   * @return in [0, 1]; 0 when no word is common
   */
  public static double overWords(
      List<String> answer, List<String> reference, int orders, Smoothing smoothing) {
    Words words = new Words();
    return of(words.number(answer), words.number(reference), orders, smoothing);
  }

  private static double of(int[] answer, int[] reference, int orders, Smoothing smoothing) {
    if (orders < 1 || orders >= MOST_ORDERS) {
      throw new IllegalArgumentException("BLEU takes 1 to 4 orders, not " + orders);
    }
    List<NgramOverlap> overlaps = NgramOverlap.of(answer, reference, MOST_ORDERS);
    if (overlaps.getFirst().common() == 0) {
      return 0;
    }
    double[] precisions = new double[orders];
    Arrays.setAll(precisions, i -> precision(overlaps.get(i)));
    smoothing.smooth(precisions, overlaps);
    double logarithms =
        Arrays.stream(precisions).filter(p -> p > 0).map(Math::log).map(l -> l / orders).sum();
    return brevityPenalty(answer.length, reference.length) * Math.exp(logarithms);
  }

  static double precision(NgramOverlap overlap) {
    return (double) overlap.common() / ngrams(overlap);
  }

  /** The answer's n-grams, at least 1: what a precision is divided by. */
  static int ngrams(NgramOverlap overlap) {
    return Math.max(1, overlap.ofAnswer());
  }

  /** 1 for an answer as long as its reference or longer, less for a shorter one. */
  static double brevityPenalty(long answer, long reference) {
    if (answer >= reference) {
      return 1;
    }
    return answer == 0 ? 0 : Math.exp(1 - (double) reference / answer);
  }
}
