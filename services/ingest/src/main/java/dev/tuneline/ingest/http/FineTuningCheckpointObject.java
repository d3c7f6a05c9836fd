package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.JobEvent;
import io.micronaut.serde.annotation.Serdeable;
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
    long step = event.body().getCheckpointed().getStep();
    return new FineTuningCheckpointObject(
        "fine_tuning.job.checkpoint",
        "ftckpt-%d-%d".formatted(event.position().partition(), event.position().offset()),
        event.time().getEpochSecond(),
        null,
        event.body().getJobId(),
        Map.of("step", step),
        step);
  }
}
