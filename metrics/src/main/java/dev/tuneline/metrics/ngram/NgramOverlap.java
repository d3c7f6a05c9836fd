package dev.tuneline.metrics.ngram;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an answer and a reference have in common in n-grams of one order. Counts with repetitions,
 * except where they say distinct.
 *
 * @param common each n-gram as often as in the side that has it less often
 */
public record NgramOverlap(
    int ofAnswer,
    int ofReference,
    int common,
    int distinctOfAnswer,
    int distinctOfReference,
    int distinctCommon) {

  /**
   * Counts the n-grams of orders 1 to {@code orders}, in that order.
   *
   * @param answer words or characters as numbers; equal means the same
   */
  public static List<NgramOverlap> of(int[] answer, int[] reference, int orders) {
    List<NgramOverlap> overlaps = new ArrayList<>();
    int[] ofAnswer = answer;
    int[] ofReference = reference;
    for (int order = 1; order <= orders; order++) {
      Map<Long, Integer> numbers = new HashMap<>();
      // An n-gram is the (n-1)-gram before its last word, and that word.
      ofReference = numbered(ofReference, reference, order, numbers);
      ofAnswer = numbered(ofAnswer, answer, order, numbers);
      overlaps.add(compare(ofAnswer, ofReference, numbers.size()));
    }
    return overlaps;
  }

  private static int[] numbered(int[] shorter, int[] words, int order, Map<Long, Integer> numbers) {
    int[] numbered = new int[Math.max(0, words.length - order + 1)];
    for (int i = 0; i < numbered.length; i++) {
      long ngram = ((long) (order == 1 ? 0 : shorter[i]) << Integer.SIZE) | words[i + order - 1];
      numbered[i] = numbers.computeIfAbsent(ngram, _ -> numbers.size());
    }
    return numbered;
  }

  private static NgramOverlap compare(int[] answer, int[] reference, int distinct) {
    int[] inAnswer = counts(answer, distinct);
    int[] inReference = counts(reference, distinct);
    int common = 0;
    int distinctOfAnswer = 0;
    int distinctOfReference = 0;
    int distinctCommon = 0;
    for (int i = 0; i < distinct; i++) {
      common += Math.min(inAnswer[i], inReference[i]);
      distinctOfAnswer += Integer.signum(inAnswer[i]);
      distinctOfReference += Integer.signum(inReference[i]);
      distinctCommon += Integer.signum(Math.min(inAnswer[i], inReference[i]));
    }
    return new NgramOverlap(
        answer.length,
        reference.length,
        common,
        distinctOfAnswer,
        distinctOfReference,
        distinctCommon);
  }

  private static int[] counts(int[] ngrams, int distinct) {
    int[] counts = new int[distinct];
    for (int ngram : ngrams) {
      counts[ngram]++;
    }
    return counts;
  }
}
