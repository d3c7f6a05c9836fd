package dev.tuneline.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuneline.engine.training.StepReport;
import dev.tuneline.proto.v1.TrainingProgress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressMeterTest {
  private static final TrainingProgress RESUMED =
      TrainingProgress.newBuilder()
          .setStep(10)
          .setTotalSteps(20)
          .setTrainableParameters(5)
          .setTotalParameters(50)
          .build();

  @Test
  void speedAndRemainingTimeAreThoseOfThisRun() {
    ProgressMeter meter = new ProgressMeter(RESUMED, 0);
    meter.after(report(11, 100), 1, seconds(2));

    TrainingProgress after = meter.after(report(12, 300), 7, seconds(4));

    assertThat(after.getTokensPerSecond()).isCloseTo(100, within(1e-9));
    assertThat(after.getEtaSeconds()).isCloseTo(16, within(1e-9));
    assertThat(after.getStep()).isEqualTo(12);
    assertThat(after.getTotalSteps()).isEqualTo(20);
    assertThat(after.getResidentBytes()).isEqualTo(7);
    assertThat(after.getTotalParameters()).isEqualTo(50);
  }

  @Test
  void isDueAtOnceAndThenOnceASecond() {
    ProgressMeter meter = new ProgressMeter(RESUMED, seconds(1));

    assertThat(meter.isDue(seconds(1))).isTrue();
    assertThat(meter.isDue(seconds(2) - 1)).isFalse();
    assertThat(meter.isDue(seconds(2))).isTrue();
    assertThat(meter.isDue(seconds(2))).isFalse();
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static StepReport report(int step, int tokens) {
    return new StepReport(step, 0.5, 2, 1, 1e-3, tokens, 10, List.of(2.0));
  }
}
