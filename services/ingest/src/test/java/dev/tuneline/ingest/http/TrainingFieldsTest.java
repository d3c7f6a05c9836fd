package dev.tuneline.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.TrainingSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainingFieldsTest {
  private final TrainingSpec.Builder training = TrainingSpec.newBuilder();

  @Test
  void bothNamesSetAField() {
    TrainingFields.set(training, "lr_scheduler_type", text("cosine_with_restarts"));
    TrainingFields.set(
        training,
        "lr_scheduler_kwargs",
        Value.newBuilder()
            .setStructValue(Struct.newBuilder().putFields("num_cycles", number(3)))
            .build());
    TrainingFields.set(training, "save_steps", number(7));
    TrainingFields.set(training, "early_stopping_patience", number(2));
    TrainingFields.set(training, "gradient_checkpointing", bool());

    assertThat(training.getSchedule()).isEqualTo(Schedule.SCHEDULE_COSINE_WITH_RESTARTS);
    assertThat(training.getScheduleOptions().getFieldsOrThrow("num_cycles").getNumberValue())
        .isEqualTo(3);
    assertThat(training.getCheckpointSteps()).isEqualTo(7);
    assertThat(training.getEarlyStoppingPatience()).isEqualTo(2);
    assertThat(training.getGradientCheckpointing()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "learning_speed, 1, UNKNOWN_FIELD",
    "eval_steps, often, INVALID_FIELD",
    "eval_steps, 1.5, INVALID_FIELD",
    "schedule, greedy, INVALID_FIELD"
  })
  void namesWhatIsWrong(String name, String given, String reason) {
    Value value = given.equals("1.5") ? number(1.5) : text(given);
    assertThatThrownBy(() -> TrainingFields.set(training, name, value))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo(reason);
              assertThat(problem.details())
                  .containsEntry(Problem.FIELD, "hyperparameters." + name)
                  .containsKey(Problem.MEND);
            });
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value number(double number) {
    return Value.newBuilder().setNumberValue(number).build();
  }

  private static Value bool() {
    return Value.newBuilder().setBoolValue(true).build();
  }
}
