package dev.tuneline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import com.google.protobuf.Value;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Method;
import dev.tuneline.proto.v1.PersonalDataAction;
import dev.tuneline.proto.v1.Schedule;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepScale;
import dev.tuneline.proto.v1.SweepSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecipeTest {
  @TempDir Path folder;

  @Test
  void readsAJobWithItsData() throws IOException {
    Recipe recipe =
        read(
            """
            dataset:
              file: rows.csv
              name: legal-qa
              mapping: {question_column: q}
              cleaning: {nfc: true, personal_data: {action: mask, kinds: [phone]}, near_duplicates: {}}
            sample_question: 可以起诉吗
            job:
              base_model: tiny-chat
              method: lora
              lora: {r: 16, alpha: 32, target_modules: [q_proj, v_proj]}
              training:
                learning_rate: 2e-3
                epochs: 6
                schedule: cosine_with_restarts
                schedule_options: {num_cycles: 2}
                warmup_steps: 0
                warmup_ratio: 0
                optim: adafactor
                load_best_model_at_end: true
                seed: 7
              deployment: {name: legal-qa}
            """);

    assertThat(recipe.file()).isEqualTo(folder.resolve("rows.csv"));
    assertThat(recipe.datasetName()).isEqualTo("legal-qa");
    assertThat(recipe.mapping().getQuestionColumn()).isEqualTo("q");
    assertThat(recipe.cleaning().getNfc()).isTrue();
    assertThat(recipe.cleaning().getPersonalData().getAction())
        .isEqualTo(PersonalDataAction.PERSONAL_DATA_ACTION_MASK);
    assertThat(recipe.cleaning().hasNearDuplicates()).isTrue();
    assertThat(recipe.question()).isEqualTo("可以起诉吗");
    assertThat(recipe.spec().getMethod()).isEqualTo(Method.METHOD_LORA);
    assertThat(recipe.spec().getLora().getTargetModulesList()).containsExactly("q_proj", "v_proj");
    assertThat(recipe.spec().getTraining().getLearningRate()).isEqualTo(2e-3);
    assertThat(recipe.spec().getTraining().getSchedule())
        .isEqualTo(Schedule.SCHEDULE_COSINE_WITH_RESTARTS);
    assertThat(recipe.spec().getTraining().getScheduleOptions().getFieldsOrThrow("num_cycles"))
        .isEqualTo(Value.newBuilder().setNumberValue(2).build());
    assertThat(recipe.spec().getTraining().hasWarmupSteps()).isTrue();
    assertThat(recipe.spec().getTraining().hasWarmupRatio()).isTrue();
    assertThat(recipe.spec().getTraining().getOptim()).isEqualTo("adafactor");
    assertThat(recipe.spec().getTraining().getLoadBestModelAtEnd()).isTrue();
    assertThat(recipe.spec().getTraining().getSeed()).isEqualTo(7);
    assertThat(recipe.spec().getDeployment().getName()).isEqualTo("legal-qa");
  }

  @Test
  void readsASweep() throws IOException {
    Recipe recipe =
        read(
            """
            dataset: {file: rows.csv}
            job:
              sweep:
                parameters:
                  - {field: training.learning_rate, range: {min: 1e-4, max: 1e-2, scale: log}}
                  - {field: lora.r, values: [4, 16]}
                trials: 6
                metric: validation_loss
            """);

    SweepSpec sweep = recipe.spec().getSweep();
    assertThat(sweep.getTrials()).isEqualTo(6);
    assertThat(sweep.getMetric()).isEqualTo(SweepMetric.SWEEP_METRIC_VALIDATION_LOSS);
    assertThat(sweep.getParameters(0).getRange().getMax()).isEqualTo(1e-2);
    assertThat(sweep.getParameters(0).getRange().getScale()).isEqualTo(SweepScale.SWEEP_SCALE_LOG);
    assertThat(sweep.getParameters(1).getValues(1).getNumberValue()).isEqualTo(16);
  }

  @Test
  void namesFileLineAndFieldOfAnUnknownKey() throws IOException {
    Problem problem =
        problemOf(
            """
            dataset: {file: rows.csv}
            job:
              training:
                learning_rte: 0.1
            """);

    assertThat(problem.reason()).isEqualTo("UNKNOWN_FIELD");
    assertThat(problem.details())
        .containsEntry("file", folder.resolve("job.yaml").toString())
        .containsEntry("line", "4")
        .containsEntry("field", "job.training.learning_rte");
    assertThat(problem.details().get("mend")).contains("learning_rate");
  }

  @Test
  void namesTheFieldOfAWrongValue() throws IOException {
    assertThat(problemOf("dataset: {file: a.csv}\njob: {lora: {r: many}}\n").details())
        .containsEntry("line", "2")
        .containsEntry("field", "job.lora.r")
        .containsEntry("mend", "write a whole number");
    assertThat(problemOf("dataset: {file: a.csv}\njob: {method: magic}\n").details())
        .containsEntry("field", "job.method")
        .extractingByKey("mend")
        .asString()
        .contains("lora, rslora");
    assertThat(problemOf("dataset: {file: a.csv}\njob: {lora: 3}\n").reason())
        .isEqualTo("INVALID_VALUE");
  }

  @Test
  void refusesARecipeWithoutDataAndBrokenYaml() throws IOException {
    assertThat(problemOf("job: {base_model: tiny-chat}\n").reason()).isEqualTo("MISSING_FIELD");
    assertThat(problemOf("dataset: {name: x}\n").details()).containsEntry("field", "dataset.file");
    assertThat(problemOf("").reason()).isEqualTo("INVALID_YAML");
    assertThat(problemOf("job: [1,\n").details()).containsKey("line");
    assertThatThrownBy(() -> Recipe.read(folder.resolve("nowhere")))
        .asInstanceOf(type(Problem.class))
        .extracting(Problem::reason)
        .isEqualTo("FILE_NOT_FOUND");
  }

  private Recipe read(String yaml) throws IOException {
    Files.writeString(folder.resolve("job.yaml"), yaml);
    return Recipe.read(folder);
  }

  private Problem problemOf(String yaml) throws IOException {
    Files.writeString(folder.resolve("job.yaml"), yaml);
    try {
      Recipe.read(folder);
    } catch (Problem problem) {
      return problem;
    }
    throw new AssertionError("the recipe was accepted");
  }
}
