package dev.tuneline.evaluator.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.proto.v1.ModelScores;
import org.junit.jupiter.api.Test;

class GateTest {
  @Test
  void passesWhatLearnedAndAnswersAtLeastAsWell() {
    Gate.Verdict verdict = Gate.judge(scores(3, 0.2), scores(2, 0.2));

    assertThat(verdict.passed()).isTrue();
    assertThat(verdict.reason())
        .isEqualTo(
            "passed: loss 2.0000 is below the base model's 3.0000, and ROUGE-L 0.2000 is at least"
                + " its 0.2000, over 10 held-out examples");
  }

  @Test
  void refusesALossThatIsNotLower() {
    assertThat(Gate.judge(scores(3, 0.2), scores(3, 0.9)).passed()).isFalse();
    assertThat(Gate.judge(scores(3, 0.2), scores(3.1, 0.9)).reason()).contains("not below");
  }

  @Test
  void refusesWorseAnswers() {
    Gate.Verdict verdict = Gate.judge(scores(3, 0.2), scores(1, 0.19));

    assertThat(verdict.passed()).isFalse();
    assertThat(verdict.reason()).startsWith("refused").contains("ROUGE-L 0.1900 is below");
  }

  @Test
  void refusesWhatIsNotANumber() {
    assertThat(Gate.judge(scores(3, 0.2), scores(Double.NaN, 0.9)).passed()).isFalse();
    assertThat(Gate.judge(scores(Double.NaN, 0.2), scores(1, 0.9)).passed()).isFalse();
  }

  @Test
  void comparesOnlyScoresOfTheSameExamples() {
    ModelScores fewer = scores(1, 0.9).toBuilder().setExamples(9).build();

    assertThatThrownBy(() -> Gate.judge(scores(3, 0.2), fewer))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ModelScores scores(double loss, double rougeL) {
    return ModelScores.newBuilder().setLoss(loss).setRougeL(rougeL).setExamples(10).build();
  }
}
