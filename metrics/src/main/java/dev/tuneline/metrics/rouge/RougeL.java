package dev.tuneline.metrics.rouge;

import dev.tuneline.metrics.text.Words;

/**
 * ROUGE-L of an answer against a reference (Lin 2004): recall and precision of their longest common
 * subsequence, as {@code rouge_chinese} computes them.
 */
public final class RougeL {
  private RougeL() {}

  /** Over characters: Unicode code points, white space dropped. An empty side scores 0. */
  public static Score overCharacters(String answer, String reference) {
    return of(Words.charactersButSpaces(answer), Words.charactersButSpaces(reference));
  }

  /** Over words or characters as numbers. An empty side scores 0. */
  static Score of(int[] answer, int[] reference) {
    int common = CommonSubsequence.length(answer, reference);
    return Score.of(common, answer.length, reference.length);
  }
}
