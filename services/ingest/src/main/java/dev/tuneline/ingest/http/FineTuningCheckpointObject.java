package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobEvent;
import io.micronaut.serde.annotation.Serdeable;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint as OpenAI's fine-tuning checkpoint object. Ours are for going on with training, so
 * there is no model to call by them.
 */
@Serdeable
record FineTuningCheckpointObject(
    String object,
    String id,
    @JsonProperty("created_at") long createdAt,
    @JsonProperty("fine_tuned_model_checkpoint") @Nullable String model,
    @JsonProperty("fine_tuning_job_id") String jobId,
    Map<String, Object> metrics,
    @JsonProperty("step_number") long step) {

  static FineTuningCheckpointObject of(Event<JobEvent> event) {
    JobCheckpointed taken = event.body().getCheckpointed();
    Map<String, Object> metrics = new LinkedHashMap<>();
    metrics.put("step", taken.getStep());
    if (taken.hasValidationLoss()) {
      metrics.put("full_valid_loss", taken.getValidationLoss());
    }
    if (taken.hasValidationAccuracy()) {
      metrics.put("full_valid_mean_token_accuracy", taken.getValidationAccuracy());
    }
    return new FineTuningCheckpointObject(
        "fine_tuning.job.checkpoint",
        "ftckpt-%d-%d".formatted(event.position().partition(), event.position().offset()),
        event.time().getEpochSecond(),
        null,
        event.body().getJobId(),
        metrics,
        taken.getStep());
  }
}
