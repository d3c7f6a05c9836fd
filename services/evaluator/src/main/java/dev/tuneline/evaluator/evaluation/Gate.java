package dev.tuneline.evaluator.evaluation;

import dev.tuneline.proto.v1.ModelScores;
import java.util.Locale;

/**
 * The rule that a candidate must meet before clients get it: its loss is lower than the base
 * model's and its ROUGE-L is not. What cannot be compared does not pass.
 */
public final class Gate {
  /**
   * What the rule says about two models.
   *
   * @param reason the rule and its numbers in one sentence
   */
  public record Verdict(boolean passed, String reason) {}

  private Gate() {}

  /** Compares scores on the same examples. */
  public static Verdict judge(ModelScores base, ModelScores candidate) {
    if (base.getExamples() == 0 || base.getExamples() != candidate.getExamples()) {
      throw new IllegalArgumentException(
          "scores of %d and %d examples".formatted(base.getExamples(), candidate.getExamples()));
    }
    // Comparisons with NaN are false, so a broken score cannot pass.
    boolean learned = candidate.getLoss() < base.getLoss();
    boolean answers = candidate.getRougeL() >= base.getRougeL();
    String reason =
        String.format(
            Locale.ROOT,
            "%s: loss %.4f is %s the base model's %.4f, and ROUGE-L %.4f is %s its %.4f, over %d"
                + " held-out examples",
            learned && answers ? "passed" : "refused",
            candidate.getLoss(),
            learned ? "below" : "not below",
            base.getLoss(),
            candidate.getRougeL(),
            answers ? "at least" : "below",
            base.getRougeL(),
            base.getExamples());
    return new Verdict(learned && answers, reason);
  }
}
