package dev.tuneline.trainer.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeptCheckpointsTest {
  private static final Job JOB =
      Job.newBuilder().addCheckpoints(checkpoint(5, 3)).addCheckpoints(checkpoint(10, 2)).build();

  @Test
  void withoutALimitAllStay() {
    KeptCheckpoints kept = new KeptCheckpoints(JOB, 0);

    assertThat(kept.add(checkpoint(15, 4))).isEmpty();
    assertThat(kept.at(5)).isPresent();
    assertThat(kept.newest()).contains(checkpoint(15, 4));
  }

  @Test
  void theOldestGoFirst() {
    KeptCheckpoints kept = new KeptCheckpoints(JOB, 2);

    assertThat(steps(kept.add(checkpoint(15, 1)))).containsExactly(5);
    assertThat(steps(kept.add(checkpoint(20, 0.5)))).containsExactly(10);
    assertThat(kept.at(15)).isPresent();
  }

  @Test
  void theBestAndTheNewestStayWhateverTheLimit() {
    KeptCheckpoints kept = new KeptCheckpoints(JOB, 1);

    assertThat(steps(kept.add(checkpoint(15, 4)))).containsExactly(5);
    assertThat(steps(kept.add(checkpoint(20, 5)))).containsExactly(15);
    assertThat(steps(kept.add(checkpoint(25, Double.NaN)))).containsExactly(20);
    assertThat(steps(kept.add(checkpoint(30, 1)))).containsExactly(10, 25);
  }

  private static List<Integer> steps(List<JobCheckpoint> checkpoints) {
    return checkpoints.stream().map(checkpoint -> (int) checkpoint.getStep()).toList();
  }

  private static JobCheckpoint checkpoint(int step, double loss) {
    return JobCheckpoint.newBuilder().setStep(step).setValidationLoss(loss).build();
  }
}
