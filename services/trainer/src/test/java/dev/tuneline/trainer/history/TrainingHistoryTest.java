package dev.tuneline.trainer.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.training.Evaluation;
import dev.tuneline.engine.training.StepReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingHistoryTest {
  private static final InstantSource CLOCK = () -> Instant.ofEpochSecond(1_700_000_000);

  @TempDir private Path folder;

  @Test
  void writesHuggingFacesState() throws IOException {
    TrainingHistory history = TrainingHistory.begin(plan(4), CLOCK);
    steps(history, 1, 4);
    history.evaluated(new Evaluation(4, 1.5, 0.25), 20, 2);
    history.best(1.5);
    history.finished(8);

    JsonNode state = written(history);

    // The fields of transformers' TrainerState; it raises on any other.
    assertThat(state.properties().stream().map(java.util.Map.Entry::getKey))
        .containsExactly(
            "best_global_step",
            "best_metric",
            "best_model_checkpoint",
            "epoch",
            "eval_steps",
            "global_step",
            "is_hyper_param_search",
            "is_local_process_zero",
            "is_world_process_zero",
            "log_history",
            "logging_steps",
            "max_steps",
            "num_input_tokens_seen",
            "num_train_epochs",
            "save_steps",
            "stateful_callbacks",
            "total_flos",
            "train_batch_size",
            "trial_name",
            "trial_params");
    assertThat(state.path("global_step").asLong()).isEqualTo(4);
    assertThat(state.path("max_steps").asLong()).isEqualTo(4);
    assertThat(state.path("best_metric").asDouble()).isEqualTo(1.5);
    assertThat(state.path("best_model_checkpoint").asText()).isEqualTo("checkpoint-4");
    assertThat(state.path("num_input_tokens_seen").asLong()).isEqualTo(4 * 100);
    assertThat(state.path("total_flos").asDouble()).isEqualTo(4 * 100 * 6.0);
    JsonNode log = state.path("log_history");
    assertThat(log).hasSize(6);
    assertThat(log.get(1).path("loss").asDouble()).isEqualTo(0.5);
    assertThat(log.get(1).path("step").asLong()).isEqualTo(2);
    assertThat(log.get(1).path("epoch").asDouble()).isEqualTo(1);
    assertThat(log.get(1).has("grad_norm")).isTrue();
    assertThat(log.get(1).has("learning_rate")).isTrue();
    assertThat(log.get(4).path("eval_loss").asDouble()).isEqualTo(1.5);
    assertThat(log.get(4).path("eval_samples_per_second").asDouble()).isEqualTo(10);
    assertThat(log.get(5).path("train_loss").asDouble())
        .isCloseTo((1 + 1 / 2.0 + 1 / 3.0 + 1 / 4.0) / 4, within(1e-12));
    assertThat(log.get(5).path("train_steps_per_second").asDouble()).isEqualTo(0.5);
  }

  @Test
  void aResumedLogIsThatOfAnUndisturbedRun() throws IOException {
    for (int steps : List.of(10, 3_000)) {
      TrainingHistory whole = TrainingHistory.begin(plan(steps), CLOCK);
      Path checkpoint = Files.createDirectory(folder.resolve("checkpoint-" + steps));
      steps(whole, 1, 4);
      whole.write(checkpoint);
      steps(whole, 5, 10);
      // The killed process logged steps that nobody saw.
      TrainingHistory resumed = TrainingHistory.resume(plan(steps), CLOCK, checkpoint);
      steps(resumed, 5, 10);

      Path one = Files.createDirectory(folder.resolve("whole-" + steps));
      Path other = Files.createDirectory(folder.resolve("resumed-" + steps));
      whole.write(one);
      resumed.write(other);

      String events = "runs/events.out.tfevents.1600000000.job";
      assertThat(other.resolve("trainer_state.json"))
          .hasSameTextualContentAs(one.resolve("trainer_state.json"));
      assertThat(other.resolve(events)).hasSameBinaryContentAs(one.resolve(events));
    }
  }

  @Test
  void logsLongRunsInAThousandEntries() throws IOException {
    TrainingHistory history = TrainingHistory.begin(plan(2_500), CLOCK);
    steps(history, 1, 2_500);

    JsonNode state = written(history);

    assertThat(state.path("logging_steps").asInt()).isEqualTo(3);
    JsonNode log = state.path("log_history");
    assertThat(log).hasSize(834);
    assertThat(log.get(0).path("loss").asDouble())
        .isCloseTo((1 + 1 / 2.0 + 1 / 3.0) / 3, within(1e-12));
    assertThat(log.get(833).path("step").asLong()).isEqualTo(2_500);
  }

  @Test
  void aCheckpointWithoutALogBeginsOne() {
    TrainingHistory history = TrainingHistory.resume(plan(4), CLOCK, folder);
    history.write(folder);

    assertThat(folder.resolve("trainer_state.json")).isNotEmptyFile();
  }

  private static void steps(TrainingHistory history, int from, int to) {
    for (int step = from; step <= to; step++) {
      history.step(new StepReport(step, step / 2.0, 1.0 / step, 0.5, 1e-3, 100, 60, List.of()), 50);
    }
  }

  private JsonNode written(TrainingHistory history) throws IOException {
    history.write(folder);
    return new ObjectMapper().readTree(folder.resolve("trainer_state.json").toFile());
  }

  private static RunPlan plan(int maxSteps) {
    return new RunPlan(
        "job", Instant.ofEpochSecond(1_600_000_000), maxSteps, 2, 4, 8, 25, maxSteps, 6);
  }
}
