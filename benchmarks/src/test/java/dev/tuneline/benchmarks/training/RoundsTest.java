package dev.tuneline.benchmarks.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.benchmarks.Medians;
import dev.tuneline.benchmarks.training.Rounds.Round;
import dev.tuneline.errors.Problem;
import java.util.List;
import org.junit.jupiter.api.Test;

class RoundsTest {
  private static Round round(List<Double> seconds, List<Double> losses, long peakBytes) {
    return new Round(new Done(seconds, losses, null), peakBytes);
  }

  @Test
  void takesMediansOverTheStepsOfAllRounds() {
    Rounds rounds =
        new Rounds(
            List.of(
                round(List.of(1.0, 9.0), List.of(), 2_000_000_000),
                round(List.of(2.0), List.of(), 4_000_000_000L)),
            List.of(round(List.of(5.0), List.of(), 8_000_000_000L)));

    assertThat(rounds.stepSeconds()).isEqualTo(new Medians(2, 5.0));
    assertThat(rounds.peakGigabytes()).isEqualTo(new Medians(3, 8.0));
  }

  @Test
  void wantsTheSameLossOfEachStep() {
    List<Round> ours = List.of(round(List.of(), List.of(10.0, 9.0), 1));

    assertThat(
            new Rounds(ours, List.of(round(List.of(), List.of(10.0, 9.0009), 1)))
                .requireSameLosses(2e-4))
        .isBetween(9e-5, 1.1e-4);
    assertThat(new Rounds(ours, null).requireSameLosses(2e-4)).isZero();
  }

  @Test
  void refusesOtherLosses() {
    List<Round> ours = List.of(round(List.of(), List.of(10.0, Double.NaN), 1));
    Rounds other = new Rounds(ours, List.of(round(List.of(), List.of(10.0, 9.0), 1)));
    Rounds fewer = new Rounds(ours, List.of(round(List.of(), List.of(10.0), 1)));

    assertThatThrownBy(() -> other.requireSameLosses(1)).hasMessageContaining("step 2");
    assertThatThrownBy(() -> fewer.requireSameLosses(1)).isInstanceOf(Problem.class);
  }
}
