package dev.tuneline.ingest.kafka;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.TrainingMeasured;

/**
 * What makes an event unwelcome whatever the state of its thing; what depends on the state is told
 * by the thing itself, such as a job that fails.
 */
public final class Vetting {
  private Vetting() {}

  /** Refuses a job event without a usable id. */
  public static void job(Event<JobEvent> event) {
    checkId("job_id", event.body().getJobId());
  }

  /** Refuses a dataset event without a usable id. */
  public static void dataset(Event<DatasetEvent> event) {
    checkId("dataset_id", event.body().getDatasetId());
  }

  /** Refuses a measurement without a usable job id or without progress. */
  public static void metric(Event<TrainingMeasured> event) {
    checkId("job_id", event.body().getJobId());
    if (!event.body().hasProgress()) {
      throw Problem.caller("MISSING_FIELD", "the measurement holds no progress")
          .at(Problem.FIELD, "progress")
          .mend("send progress");
    }
  }

  private static void checkId(String field, String id) {
    if (!Ids.PATTERN.matcher(id).matches()) {
      throw Problem.caller("INVALID_ID", field + " is not usable")
          .at(Problem.FIELD, field)
          .mend("use 1 to 64 letters, digits, '-' or '_'");
    }
  }
}
