package dev.tuneline.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.Schedule;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files and fine-tuning jobs in OpenAI's shapes. */
class OpenAiIT {
  @TempDir static Path folder;

  private static IngestSite site;

  @BeforeAll
  static void start() throws Exception {
    site = new IngestSite(folder);
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @Test
  void openAiClientsCanTune() throws Exception {
    JsonNode file = site.postFile("plain.csv", "fine-tune", 200);
    assertThat(file.path("object").asText()).isEqualTo("file");
    assertThat(file.path("filename").asText()).isEqualTo("plain.csv");
    assertThat(file.path("status").asText()).isEqualTo("uploaded");
    assertThat(site.get("/v1/files/" + file.path("id").asText(), 200).path("bytes").asLong())
        .isEqualTo(866);

    String body =
        """
        {"training_file": "%s", "model": "tiny", "suffix": "qa", "seed": 7,
         "method": {"type": "supervised", "supervised": {"hyperparameters":
           {"n_epochs": 2, "batch_size": "auto", "learning_rate_multiplier": 0.5,
            "lr_scheduler_type": "polynomial", "lr_scheduler_kwargs": {"power": 2},
            "optim": "adafactor", "warmup_steps": 0, "eval_steps": "auto"}}}}
        """
            .formatted(file.path("id").asText());
    JsonNode asked = site.post("/v1/fine_tuning/jobs", body, 200);
    String id = asked.path("id").asText();
    assertThat(asked.path("object").asText()).isEqualTo("fine_tuning.job");
    assertThat(asked.path("fine_tuned_model").isNull()).isTrue();
    Job accepted = site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    assertThat(accepted.getSpec().getTraining().getLearningRate()).isEqualTo(5e-4);
    assertThat(accepted.getSpec().getTraining().getEpochs()).isEqualTo(2);
    assertThat(accepted.getSpec().getTraining().getSeed()).isEqualTo(7);
    assertThat(accepted.getSpec().getTraining().getSchedule())
        .isEqualTo(Schedule.SCHEDULE_POLYNOMIAL);
    assertThat(accepted.getSpec().getTraining().getOptim()).isEqualTo("adafactor");
    assertThat(accepted.getSpec().getTraining().hasWarmupSteps()).isTrue();
    JsonNode listed = site.get("/v1/fine_tuning/jobs?limit=1", 200);
    assertThat(listed.path("data")).hasSize(1);
    assertThat(site.get("/v1/files?limit=2", 200).path("data")).isNotEmpty();
    JsonNode cancelled = site.post("/v1/fine_tuning/jobs/" + id + "/cancel", "", 200);
    assertThat(cancelled.path("status").asText()).isEqualTo("cancelled");
    assertThat(site.get("/v1/fine_tuning/jobs/" + id, 200).path("status").asText())
        .isEqualTo("cancelled");
  }

  @Test
  void httpErrorsAreOpenAis() throws Exception {
    JsonNode error = site.postFile("missing_column.csv", "fine-tune", 400).path("error");
    assertThat(error.path("code").asText()).isEqualTo("missing_column");
    assertThat(error.path("type").asText()).isEqualTo("invalid_request_error");
    assertThat(error.path("details").path("column").asText()).isEqualTo("reply");

    assertThat(site.postFile("plain.csv", "assistants", 400).path("error").path("param").asText())
        .isEqualTo("purpose");
    assertThat(site.get("/v1/files/none", 404).path("error").path("code").asText())
        .isEqualTo("dataset_not_found");
    assertThat(site.get("/v1/fine_tuning/jobs/none", 404).path("error").path("code").asText())
        .isEqualTo("job_not_found");
    assertThat(
            site.post("/v1/fine_tuning/jobs", "{\"model\": \"tiny\"}", 400)
                .path("error")
                .path("param")
                .asText())
        .isEqualTo("training_file");
    site.post("/v1/fine_tuning/jobs", "{not json", 400);
  }
}
