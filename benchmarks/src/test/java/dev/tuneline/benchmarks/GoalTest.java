package dev.tuneline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoalTest {
  @ParameterizedTest
  @ValueSource(strings = {"<= 0.80", ">= 2.0", "<= 5 s"})
  void isWrittenAsItIsRead(String text) {
    assertThat(Goal.of(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0.80", "< 0.80", "<= x", "<= 5 s s"})
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Goal.of(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void boundsTheRatio() {
    assertThat(Goal.of("<= 0.80").met(100, 0.8)).isTrue();
    assertThat(Goal.of("<= 0.80").met(0.1, 0.81)).isFalse();
    assertThat(Goal.of(">= 2.0").met(0.1, 2.5)).isTrue();
    assertThat(Goal.of(">= 2.0").met(100, 1.9)).isFalse();
    assertThat(Goal.of(">= 2.0").met(100, null)).isNull();
  }

  @Test
  void boundsOursWhereItHasAUnit() {
    assertThat(Goal.of("<= 5 s").met(5, 100.0)).isTrue();
    assertThat(Goal.of("<= 5 s").met(6, 0.1)).isFalse();
    assertThat(Goal.of("<= 5 s").met(5, null)).isTrue();
  }
}
