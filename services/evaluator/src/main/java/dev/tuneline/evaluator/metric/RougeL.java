package dev.tuneline.evaluator.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * ROUGE-L of an answer against a reference (Lin 2004): precision and recall of their longest common
 * subsequence, as the {@code rouge_chinese} library computes them.
 *
 * @param recall the subsequence's length over the reference's, in [0, 1]
 * @param precision the subsequence's length over the answer's, in [0, 1]
 */
public record RougeL(double recall, double precision) {
  private static final double EPSILON = 1e-8;

  /** The harmonic mean of both, 2pr / (p + r + 1e-8). */
  public double f1() {
    return 2 * precision * recall / (precision + recall + EPSILON);
  }

  /** Over characters: Unicode code points, white space dropped. An empty side scores 0. */
  public static RougeL overCharacters(String answer, String reference) {
    return of(characters(answer), characters(reference));
  }

  /** Over words as somebody else has cut them. An empty side scores 0. */
  public static RougeL overWords(List<String> answer, List<String> reference) {
    Map<String, Integer> numbers = new HashMap<>();
    return of(numbered(answer, numbers), numbered(reference, numbers));
  }

  private static RougeL of(int[] answer, int[] reference) {
    if (answer.length == 0 || reference.length == 0) {
      return new RougeL(0, 0);
    }
    double common = longestCommonSubsequence(answer, reference);
    return new RougeL(common / reference.length, common / answer.length);
  }

  private static int[] characters(String text) {
    return text.codePoints()
        .filter(point -> !Character.isWhitespace(point) && !Character.isSpaceChar(point))
        .toArray();
  }

  private static int[] numbered(List<String> words, Map<String, Integer> numbers) {
    return words.stream().mapToInt(w -> numbers.computeIfAbsent(w, _ -> numbers.size())).toArray();
  }

  /** One row of the usual table at a time: O(|a| |b|) time, O(|b|) memory. */
  private static int longestCommonSubsequence(int[] a, int[] b) {
    int[] row = new int[b.length + 1];
    for (int symbol : a) {
      int diagonal = 0;
      for (int j = 1; j <= b.length; j++) {
        int above = row[j];
        row[j] = symbol == b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]);
        diagonal = above;
      }
    }
    return row[b.length];
  }
}
