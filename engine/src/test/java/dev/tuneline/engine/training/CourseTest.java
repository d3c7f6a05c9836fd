package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CourseTest {
  private static Course of(double... losses) {
    return new Course(
        IntStream.range(0, losses.length)
            .mapToObj(i -> new Evaluation(10 * (i + 1), losses[i], 0.5))
            .toList(),
        0,
        1,
        0);
  }

  @Test
  void theFirstOfTheLowestIsBest() {
    assertThat(Course.START.best()).isEmpty();
    assertThat(of(Double.NaN).best()).isEmpty();
    assertThat(of(3, 2, 4, 2).best()).contains(new Evaluation(20, 2, 0.5));
    assertThat(of(Double.NaN, 5, Double.NaN).best()).contains(new Evaluation(20, 5, 0.5));
  }

  @Test
  void stalledCountsEvaluationsWithoutEnoughProgress() {
    assertThat(Course.START.stalled(0)).isZero();
    assertThat(of(3).stalled(0)).isZero();
    assertThat(of(3, 2, 2, 2.5).stalled(0)).isEqualTo(2);
    assertThat(of(3, 2, 2, 2.5, 1.9).stalled(0)).isZero();
    assertThat(of(3, Double.NaN).stalled(0)).isEqualTo(1);
    // A little progress lowers the best all the same, as transformers does.
    assertThat(of(3, 2.95, 2.9, 2.85).stalled(0.1)).isEqualTo(3);
  }

  @Test
  void theMeanFollowsTheNewestLosses() {
    Course course = Course.START.trained(4, 30);
    assertThat(course.meanLoss()).isEqualTo(4);
    assertThat(course.trained(14, 30).meanLoss()).isEqualTo(5);
    assertThat(course.halved().halved()).isEqualTo(new Course(List.of(), 4, 4, 30));
  }
}
