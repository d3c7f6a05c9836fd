package dev.tuneline.ingest.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Precision;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepScale;
import io.micronaut.json.JsonMapper;
import io.micronaut.json.tree.JsonNode;
import java.io.IOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FineTuningRequestTest {
  @Test
  void theNamesOfOpenAiAndTransformersSetFields() throws IOException {
    var training =
        parse(
                """
                "seed": 0, "hyperparameters": {"n_epochs": 2, "per_device_train_batch_size": 4,
                 "learning_rate_multiplier": 0.5, "lr_scheduler_type": "cosine_with_restarts",
                 "lr_scheduler_kwargs": {"num_cycles": 3}, "save_steps": 7, "eval_steps": "auto",
                 "gradient_checkpointing": true}
                """)
            .getTraining();

    assertThat(training.getEpochs()).isEqualTo(2);
    assertThat(training.getMicroBatchSize()).isEqualTo(4);
    assertThat(training.getLearningRate()).isEqualTo(5e-4);
    assertThat(training.getSchedule()).isEqualTo(Schedule.SCHEDULE_COSINE_WITH_RESTARTS);
    assertThat(training.getScheduleOptions().getFieldsOrThrow("num_cycles").getNumberValue())
        .isEqualTo(3);
    assertThat(training.getCheckpointSteps()).isEqualTo(7);
    assertThat(training.hasEvalSteps()).isFalse();
    assertThat(training.getGradientCheckpointing()).isTrue();
    assertThat(training.hasSeed()).isTrue();
    assertThat(training.getSeed()).isZero();
  }

  @Test
  void aWrittenZeroIsAZero() throws IOException {
    var training =
        parse(
                """
                "hyperparameters": {"warmup_ratio": 0, "max_grad_norm": 0, "n_epochs": 0,
                 "learning_rate": 0, "weight_decay": null}
                """)
            .getTraining();

    assertThat(training.hasWarmupRatio()).isTrue();
    assertThat(training.hasMaxGradNorm()).isTrue();
    assertThat(training.hasEpochs()).isTrue();
    assertThat(training.hasLearningRate()).isTrue();
    assertThat(training.getLearningRate()).isZero();
  }

  @Test
  void aJobMayCarryASweep() throws IOException {
    JobSpec spec =
        parse(
            """
            "precision": "bf16", "priority": 3, "lora": {"r": 4, "target_modules": ["q_proj"]},
            "sweep": {"trials": 3, "metric": "validation_accuracy", "parameters": [
              {"field": "training.learning_rate", "range": {"min": 1e-4, "max": 1e-2, "scale": "log"}},
              {"field": "method", "values": ["lora", "dora"]}]}
            """);

    assertThat(spec.getPrecision()).isEqualTo(Precision.PRECISION_BF16);
    assertThat(spec.getPriority()).isEqualTo(3);
    assertThat(spec.getLora().getTargetModulesList()).containsExactly("q_proj");
    assertThat(spec.getSweep().getTrials()).isEqualTo(3);
    assertThat(spec.getSweep().getMetric()).isEqualTo(SweepMetric.SWEEP_METRIC_VALIDATION_ACCURACY);
    assertThat(spec.getSweep().getParameters(0).getRange().getScale())
        .isEqualTo(SweepScale.SWEEP_SCALE_LOG);
    assertThat(spec.getSweep().getParameters(1).getValues(1).getStringValue()).isEqualTo("dora");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'hyperparameters': {'learning_speed': 1}   | UNKNOWN_FIELD | hyperparameters.learning_speed",
        "'hyperparameters': {'eval_steps': 'often'} | INVALID_FIELD | hyperparameters.eval_steps",
        "'hyperparameters': {'eval_steps': 1.5}     | INVALID_FIELD | hyperparameters.eval_steps",
        "'hyperparameters': {'schedule': 'greedy'}  | INVALID_FIELD | hyperparameters.schedule",
        "'hyperparameters': {'batch_size': 1.5}     | INVALID_FIELD | hyperparameters.batch_size",
        "'seed': 1.5                                | INVALID_FIELD | seed",
        "'priority': 'high'                         | INVALID_FIELD | priority",
        "'sweep': [1]                               | INVALID_FIELD | sweep",
        "'sweep': {'parameters': [{'fields': 'x'}]} | UNKNOWN_FIELD | sweep.parameters[0].fields",
        "'sweep': {'metric': 'rouge'}               | INVALID_FIELD | sweep.metric",
        "'sweeps': {}                               | UNKNOWN_FIELD | sweeps",
        "'validation_file': 'ds-1'                  | INVALID_FIELD | validation_file"
      })
  void namesWhatIsWrong(String fields, String reason, String at) {
    assertThatThrownBy(() -> parse(fields.replace('\'', '"')))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo(reason);
              assertThat(problem.details())
                  .containsEntry(Problem.FIELD, at)
                  .containsKey(Problem.MEND);
            });
  }

  private static JobSpec parse(String fields) throws IOException {
    String body = "{\"training_file\": \"ds\", \"model\": \"tiny\", %s}".formatted(fields);
    return FineTuningRequest.parse(
        Objects.requireNonNull(JsonMapper.createDefault().readValue(body, JsonNode.class)));
  }
}
