package dev.tuneline.metrics.ngram;

import dev.tuneline.metrics.text.Words;
import java.util.List;

/**
 * chrF2 of a corpus (Popović 2015) as sacreBLEU 2.6.0 computes it: n-grams of up to six characters,
 * white space dropped, recall counted twice as much as precision.
 *
 * <p>Pairs are {@linkplain #add added} one by one. Not safe for use by several threads.
 */
public final class Chrf {
  private static final int ORDERS = 6;
  private static final double BETA_SQUARED = 4;

  private final long[] ofAnswers = new long[ORDERS];
  private final long[] ofReferences = new long[ORDERS];
  private final long[] common = new long[ORDERS];

  /** Counts one more pair. */
  public void add(String answer, String reference) {
    List<NgramOverlap> overlaps =
        NgramOverlap.of(
            Words.charactersButSpaces(answer), Words.charactersButSpaces(reference), ORDERS);
    for (int i = 0; i < ORDERS; i++) {
      NgramOverlap overlap = overlaps.get(i);
      // Without n-grams in its reference an answer's do not count as wrong.
      ofAnswers[i] += overlap.ofReference() == 0 ? 0 : overlap.ofAnswer();
      ofReferences[i] += overlap.ofReference();
      common[i] += overlap.common();
    }
  }

  /** The chrF2 of all pairs so far, in [0, 100]; 0 when they have no character in common. */
  public double score() {
    double precision = 0;
    double recall = 0;
    int orders = 0;
    for (int i = 0; i < ORDERS; i++) {
      if (ofAnswers[i] > 0 && ofReferences[i] > 0) {
        precision += (double) common[i] / ofAnswers[i];
        recall += (double) common[i] / ofReferences[i];
        orders++;
      }
    }
    if (precision + recall == 0) {
      return 0;
    }
    precision /= orders;
    recall /= orders;
    return 100 * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
  }
}
