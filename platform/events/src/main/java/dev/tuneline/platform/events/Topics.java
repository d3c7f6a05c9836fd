package dev.tuneline.platform.events;

import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.FeedbackGiven;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.TrainingMeasured;
import java.util.List;

/**
 * Every topic there is. A new event is a new field of its topic's message; see the .proto files.
 */
public final class Topics {
  /** Raw rows, keyed to spread over the partitions. */
  public static final Topic<RowReceived> ROWS =
      new Topic<>(
          "tuneline.rows.v1", RowReceived.getDefaultInstance(), RowReceived::getRowId, 6, false);

  /** What happens to datasets. */
  public static final Topic<DatasetEvent> DATASETS =
      new Topic<>(
          "tuneline.datasets.v1",
          DatasetEvent.getDefaultInstance(),
          DatasetEvent::getDatasetId,
          4,
          false);

  /** What happens to jobs. */
  public static final Topic<JobEvent> JOBS =
      new Topic<>("tuneline.jobs.v1", JobEvent.getDefaultInstance(), JobEvent::getJobId, 4, false);

  /** How training goes; nothing is decided from it. */
  public static final Topic<TrainingMeasured> METRICS =
      new Topic<>(
          "tuneline.metrics.v1",
          TrainingMeasured.getDefaultInstance(),
          TrainingMeasured::getJobId,
          4,
          false);

  /** What is served under which name; a gateway reads it whole at start. */
  public static final Topic<DeploymentEvent> DEPLOYMENTS =
      new Topic<>(
          "tuneline.deployments.v1",
          DeploymentEvent.getDefaultInstance(),
          DeploymentEvent::getName,
          1,
          true);

  /** What people thought of answers. */
  public static final Topic<FeedbackGiven> FEEDBACK =
      new Topic<>(
          "tuneline.feedback.v1",
          FeedbackGiven.getDefaultInstance(),
          FeedbackGiven::getDeployment,
          4,
          false);

  private Topics() {}

  /** All topics, in the order of a job's life. */
  public static List<Topic<?>> all() {
    return List.of(ROWS, DATASETS, JOBS, METRICS, DEPLOYMENTS, FEEDBACK);
  }
}
