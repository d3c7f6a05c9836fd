package dev.tuneline.metrics.ngram;

import dev.tuneline.errors.Problem;
import java.util.List;

/**
 * What BLEU does about an order without a match, after Chen and Cherry (2014) and as NLTK's {@code
 * SmoothingFunction} does it with its default constants.
 */
public enum Smoothing {
  /** NLTK's method0: the smallest normal number in place of 0. */
  NONE {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      for (int i = 0; i < precisions.length; i++) {
        precisions[i] = precisions[i] == 0 ? Double.MIN_NORMAL : precisions[i];
      }
    }
  },
  /** A tenth of a match in place of none. */
  METHOD1 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      for (int i = 0; i < precisions.length; i++) {
        if (overlaps.get(i).common() == 0) {
          precisions[i] = 0.1 / Bleu.ngrams(overlaps.get(i));
        }
      }
    }
  },
  /** One more match and one more n-gram in every order but the first. */
  METHOD2 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      for (int i = 1; i < precisions.length; i++) {
        precisions[i] = (overlaps.get(i).common() + 1.0) / (Bleu.ngrams(overlaps.get(i)) + 1.0);
      }
    }
  },
  /** Half a match, then a quarter and so on, for each further order without one. */
  METHOD3 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      double divisor = 1;
      for (int i = 0; i < precisions.length; i++) {
        if (overlaps.get(i).common() == 0) {
          divisor *= 2;
          precisions[i] = 1 / (divisor * Bleu.ngrams(overlaps.get(i)));
        }
      }
    }
  },
  /** As method 3, and the less the shorter the answer is. */
  METHOD4 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      int length = overlaps.getFirst().ofAnswer();
      double divisor = 1;
      for (int i = 0; i < precisions.length; i++) {
        if (overlaps.get(i).common() == 0 && length > 1) {
          divisor *= 2;
          double matches = 1 / (divisor * K / Math.log(length));
          precisions[i] = matches / Bleu.ngrams(overlaps.get(i));
        }
      }
    }
  },
  /** The mean of the orders n-1, n and n+1; after the last comes order 5. */
  METHOD5 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      double before = precisions[0] + 1;
      for (int i = 0; i < precisions.length; i++) {
        double after =
            i + 1 < precisions.length ? precisions[i + 1] : Bleu.precision(overlaps.getLast());
        precisions[i] = (before + precisions[i] + after) / 3;
        before = precisions[i];
      }
    }
  },
  /**
   * Mixed with a prior that goes on as the two orders before; needs a match of three in a row, else
   * a {@link Problem} NO_TRIGRAM_MATCH.
   */
  METHOD6 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      if (precisions.length < 3 || overlaps.get(2).common() == 0) {
        throw Problem.caller(
            "NO_TRIGRAM_MATCH", "smoothing method 6 needs a trigram in common with the reference");
      }
      for (int i = 2; i < precisions.length; i++) {
        double prior = precisions[i - 1] * precisions[i - 1] / precisions[i - 2];
        double ngrams = overlaps.get(i).ofAnswer();
        precisions[i] = (overlaps.get(i).common() + ALPHA * prior) / (ngrams + ALPHA);
      }
    }
  },
  /** Method 4, then method 5. */
  METHOD7 {
    @Override
    void smooth(double[] precisions, List<NgramOverlap> overlaps) {
      METHOD4.smooth(precisions, overlaps);
      METHOD5.smooth(precisions, overlaps);
    }
  };

  private static final double K = 5;
  private static final double ALPHA = 5;

  /**
   * Replaces precisions in place, before the geometric mean is taken.
   *
   * @param overlaps what they were computed from, and of order 5 at the end
   */
  abstract void smooth(double[] precisions, List<NgramOverlap> overlaps);
}
