package dev.tuneline.trainer.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.engine.training.ScheduleSpec;
import dev.tuneline.engine.training.TrainingSpec;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.Schedule;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class HyperparametersTest {
  @Test
  void fractionsOfAnEpochAreStepsRoundedUp() {
    TrainingSpec spec = with(s -> s.getTrainingBuilder().setEpochs(1.5)).training(10);

    // 10 examples by 4 by 2: 2 steps an epoch.
    assertThat(spec.totalSteps(10)).isEqualTo(3);
  }

  @Test
  void maxStepsWinOverEpochs() {
    assertThat(with(s -> s.getTrainingBuilder().setMaxSteps(7)).training(10).totalSteps(10))
        .isEqualTo(7);
  }

  @Test
  void takesEveryNumberFromTheSpec() {
    TrainingSpec spec = with(_ -> {}).training(10);

    assertThat(spec.microBatch()).isEqualTo(4);
    assertThat(spec.accumulation()).isEqualTo(2);
    assertThat(spec.optimizer().learningRate()).isEqualTo(2e-3);
    assertThat(spec.optimizer().weightDecay()).isEqualTo(0.01);
    assertThat(spec.optimizer().maxGradNorm()).isEqualTo(0.5);
    assertThat(spec.schedule()).isEqualTo(new ScheduleSpec(ScheduleSpec.Kind.LINEAR, 0, 0.1));
    assertThat(spec.seed()).isEqualTo(5);
  }

  @Test
  void namesTheJobsFieldThatIsOutOfRange() {
    assertThat(fieldOf(s -> s.getTrainingBuilder().setLearningRate(0)))
        .isEqualTo("spec.training.learning_rate");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setMicroBatchSize(0)))
        .isEqualTo("spec.training.micro_batch_size");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setEpochs(0))).isEqualTo("spec.training.epochs");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setSchedule(Schedule.SCHEDULE_UNSPECIFIED)))
        .isEqualTo("spec.training.schedule");
    assertThat(fieldOf(s -> s.getTrainingBuilder().setWarmupRatio(1)))
        .isEqualTo("spec.training.warmup_ratio");
  }

  @Test
  void refusesMethodsThatAreNotThereYet() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> with(s -> s.setMethod(Method.METHOD_IA3)).method());

    assertThat(problem.reason()).isEqualTo("METHOD_NOT_SUPPORTED");
    assertThat(problem.details()).containsEntry(Problem.FIELD, "spec.method");
    assertThat(with(s -> s.setMethod(Method.METHOD_RSLORA)).method()).isEqualTo("rslora");
  }

  private static String fieldOf(Consumer<JobSpec.Builder> change) {
    Problem problem = catchThrowableOfType(Problem.class, () -> with(change).training(10));
    return problem.details().getOrDefault(Problem.FIELD, "");
  }

  private static Hyperparameters with(Consumer<JobSpec.Builder> change) {
    JobSpec.Builder spec = JobSpec.newBuilder().setMethod(Method.METHOD_LORA);
    spec.getTrainingBuilder()
        .setLearningRate(2e-3)
        .setEpochs(2)
        .setMicroBatchSize(4)
        .setGradientAccumulationSteps(2)
        .setWarmupRatio(0.1)
        .setSchedule(Schedule.SCHEDULE_LINEAR)
        .setWeightDecay(0.01)
        .setMaxGradNorm(0.5)
        .setSeed(5)
        .setCheckpointSteps(3);
    change.accept(spec);
    return new Hyperparameters(spec.build());
  }
}
