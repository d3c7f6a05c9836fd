package dev.tuneline.ingest.http;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.JobEvent;
import io.micronaut.serde.annotation.Serdeable;
import java.util.Locale;
import java.util.Map;

/** One thing that happened to a job, as OpenAI's fine-tuning event object. */
@Serdeable
record FineTuningEventObject(
    String object,
    String id,
    @JsonProperty("created_at") long createdAt,
    String level,
    String message,
    String type,
    Map<String, Object> data) {

  static FineTuningEventObject of(Event<JobEvent> event) {
    JobEvent body = event.body();
    String name = body.getEventCase().name().toLowerCase(Locale.ROOT);
    return new FineTuningEventObject(
        "fine_tuning.job.event",
        "ftevent-%d-%d".formatted(event.position().partition(), event.position().offset()),
        event.time().getEpochSecond(),
        level(body),
        message(body),
        "message",
        Map.of("event", name));
  }

  private static String level(JobEvent event) {
    return switch (event.getEventCase()) {
      case FAILED -> "error";
      case WITHHELD -> "warn";
      case RELEASED -> event.getReleased().getBecause().isEmpty() ? "info" : "warn";
      case TRIAL_ENDED -> event.getTrialEnded().getTrial().hasProblem() ? "warn" : "info";
      case REQUESTED,
          ACCEPTED,
          SHARDED,
          STARTED,
          CHECKPOINTED,
          TRAINED,
          EVALUATED,
          DEPLOYED,
          CANCELLED,
          CLAIMED,
          PAUSED,
          RESUMED,
          SWEEP_PLANNED,
          SWEEP_DECIDED,
          EVENT_NOT_SET ->
          "info";
    };
  }

  private static String message(JobEvent event) {
    return switch (event.getEventCase()) {
      case REQUESTED -> "Created fine-tuning job: " + event.getJobId();
      case ACCEPTED -> "The job was checked and accepted";
      case SHARDED -> "The dataset is tokenised; the job waits for a trainer";
      case CLAIMED -> "Claim %d: %s takes the job".formatted(event.getClaim(), holder(event));
      case STARTED ->
          "Fine-tuning job started at step %d of %d by %s"
              .formatted(
                  event.getStarted().getFromStep(),
                  event.getStarted().getTotalSteps(),
                  event.getStarted().getTrainer());
      case CHECKPOINTED -> "Checkpoint created at step " + event.getCheckpointed().getStep();
      case RELEASED ->
          event.getReleased().getBecause().isEmpty()
              ? "The trainer let the job go"
              : "The trainer could not go on: " + event.getReleased().getBecause();
      case TRAINED -> "Trained adapter " + event.getTrained().getAdapter().getAdapterId();
      case EVALUATED -> "The adapter was compared with the base model";
      case DEPLOYED ->
          "The job has successfully completed; %s serves the adapter"
              .formatted(event.getDeployed().getDeployment());
      case WITHHELD ->
          "The job has successfully completed; the adapter is not deployed: "
              + event.getWithheld().getBecause();
      case FAILED -> "The job failed: " + event.getFailed().getProblem().getMessage();
      case CANCELLED -> "The job was cancelled";
      case PAUSED -> "The job was paused";
      case RESUMED -> "The job was resumed";
      case SWEEP_PLANNED ->
          "The sweep has %d trials".formatted(event.getSweepPlanned().getTrialsCount());
      case TRIAL_ENDED ->
          "Trial %s has ended".formatted(event.getTrialEnded().getTrial().getJobId());
      case SWEEP_DECIDED -> "The best trial is " + event.getSweepDecided().getBestTrial();
      case EVENT_NOT_SET -> "Something of a later version happened";
    };
  }

  private static String holder(JobEvent event) {
    return event.getClaimed().getHolder();
  }
}
