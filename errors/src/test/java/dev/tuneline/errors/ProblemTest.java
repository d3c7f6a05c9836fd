package dev.tuneline.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ProblemTest {
  private final Problem missing =
      Problem.caller("MISSING_COLUMN", "the column reply is missing")
          .at(Problem.FILE, "a.csv")
          .at(Problem.LINE, 1)
          .mend("add the column");

  @Test
  void oneLineNamesThePlaceTheReasonAndTheMend() {
    assertThat(missing.describe())
        .isEqualTo(
            "the column reply is missing (file a.csv, line 1) [MISSING_COLUMN]: add the column");
  }

  @Test
  void addingADetailLeavesTheOriginalAsItWas() {
    Problem more = missing.at(Problem.COLUMN, "reply");

    assertThat(missing.details()).doesNotContainKey(Problem.COLUMN);
    assertThat(more.details()).containsEntry(Problem.COLUMN, "reply").containsEntry("line", "1");
    assertThat(more.getStackTrace()).isEqualTo(missing.getStackTrace());
  }

  @Test
  void detailsCannotBeChangedFromOutside() {
    assertThatThrownBy(() -> missing.details().put("k", "v"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void aProblemDeepInACauseChainIsFound() {
    assertThat(Problem.from(new IllegalStateException(new RuntimeException(missing))))
        .isSameAs(missing);
  }

  @Test
  void anyOtherFailureIsOurs() {
    Problem problem = Problem.from(new IllegalStateException("boom"));

    assertThat(problem.fault()).isEqualTo(Fault.OURS);
    assertThat(problem.reason()).isEqualTo("INTERNAL");
    assertThat(problem).hasMessage("boom").hasCauseInstanceOf(IllegalStateException.class);
    assertThat(Problem.from(new NullPointerException()).message()).contains("NullPointer");
  }

  @Test
  void aReasonIsUpperSnakeCase() {
    assertThatThrownBy(() -> Problem.of(Fault.CALLER, "not-a-code", "m", Map.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
