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
    meter.after(RESUMED, report(11, 100), 1, seconds(2));
    TrainingProgress evaluated = RESUMED.toBuilder().setValidationLoss(3).build();

    TrainingProgress after = meter.after(evaluated, report(12, 300), 7, seconds(4));

    assertThat(after.getTokensPerSecond()).isCloseTo(100, within(1e-9));
    assertThat(after.getEtaSeconds()).isCloseTo(16, within(1e-9));
    assertThat(after.getStep()).isEqualTo(12);
    assertThat(after.getTotalSteps()).isEqualTo(20);
    assertThat(after.getResidentBytes()).isEqualTo(7);
    assertThat(after.getTotalParameters()).isEqualTo(50);
    assertThat(after.getValidationLoss()).isEqualTo(3);
  }

  @Test
  void isDueAfterASecondAndThenOnceASecond() {
    ProgressMeter meter = new ProgressMeter(RESUMED, seconds(1));

    assertThat(meter.isDue(seconds(1))).isFalse();
    assertThat(meter.nanosUntilLast(seconds(1))).isZero();
    assertThat(meter.isDue(seconds(2))).isTrue();
    assertThat(meter.isDue(seconds(3) - 1)).isFalse();
    assertThat(meter.nanosUntilLast(seconds(3) - 1)).isEqualTo(1);
    assertThat(meter.isDue(seconds(3))).isTrue();
    assertThat(meter.isDue(seconds(3))).isFalse();
    assertThat(meter.nanosUntilLast(seconds(9))).isZero();
  }

  private static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }

  private static StepReport report(int step, int tokens) {
    return new StepReport(step, 0.5, 2, 1, 1e-3, tokens, 10, List.of(2.0));
  }
}
