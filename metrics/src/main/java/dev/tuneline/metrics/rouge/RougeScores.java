package dev.tuneline.metrics.rouge;

/**
 * The three usual scores of one answer against one reference.
 *
 * @param rouge1 over distinct words
 * @param rouge2 over distinct pairs of neighbouring words
 * @param rougeL over the longest common subsequence
 */
public record RougeScores(Score rouge1, Score rouge2, Score rougeL) {
  /** Nothing in common. */
  public static final RougeScores ZERO = new RougeScores(Score.ZERO, Score.ZERO, Score.ZERO);
}
