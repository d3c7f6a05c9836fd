package dev.tuneline.trainer.progress;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.TrainingMeasured;
import dev.tuneline.proto.v1.TrainingProgress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveTrainingTest {
  private final LiveTraining live = new LiveTraining();
  private final List<String> seen = new ArrayList<>();

  private final LiveTraining.Watcher watcher =
      new LiveTraining.Watcher() {
        @Override
        public void measured(TrainingMeasured measured) {
          seen.add("step " + measured.getProgress().getStep());
        }

        @Override
        public void ended() {
          seen.add("end");
        }
      };

  @Test
  void showsTheRunningJobUntilItsEnd() {
    live.begin("a", TrainingProgress.getDefaultInstance());
    assertThat(live.watch("a", watcher)).isTrue();

    live.measured(measured("a", 3));
    assertThat(live.current()).contains(measured("a", 3));
    live.end();
    live.begin("a", TrainingProgress.getDefaultInstance());
    live.measured(measured("a", 4));

    assertThat(seen).containsExactly("step 3", "end");
  }

  @Test
  void refusesWhatDoesNotRunHere() {
    assertThat(live.watch("a", watcher)).isFalse();
    live.begin("b", TrainingProgress.getDefaultInstance());
    assertThat(live.watch("a", watcher)).isFalse();
  }

  @Test
  void forgetsWhoeverLeft() {
    live.begin("a", TrainingProgress.getDefaultInstance());
    live.watch("a", watcher);

    live.unwatch(watcher);
    live.measured(measured("a", 1));

    assertThat(seen).isEmpty();
  }

  private static TrainingMeasured measured(String jobId, long step) {
    return TrainingMeasured.newBuilder()
        .setJobId(jobId)
        .setProgress(TrainingProgress.newBuilder().setStep(step))
        .build();
  }
}
