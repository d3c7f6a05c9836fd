package dev.tuneline.preprocess.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.DatasetPartPrepared;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Prepares one partition's part of a version: reads its stretch of the row log and stores what
 * merging needs. A killed attempt is repeated, here or elsewhere, and gives the same part.
 */
public final class PreparePart implements Step<PreparePart.Task> {
  private final TopicView<Dataset, DatasetEvent> datasets;
  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final ArtifactStore artifacts;
  private final Preparation preparation;
  private final Duration viewTimeout;

  /**
   * A part that is missing.
   *
   * @param dataset as it stood when the part was found missing
   */
  public record Task(Dataset dataset, int partition) {}

  public PreparePart(
      TopicView<Dataset, DatasetEvent> datasets,
      KafkaClients clients,
      EventPublisher publisher,
      ArtifactStore artifacts,
      Preparation preparation,
      Duration viewTimeout) {
    this.datasets = datasets;
    this.clients = clients;
    this.publisher = publisher;
    this.artifacts = artifacts;
    this.preparation = preparation;
    this.viewTimeout = viewTimeout;
  }

  /** The parts of a partition that datasets wait for. */
  public Map<String, Task> missing(int partition) {
    Map<String, Task> missing = new HashMap<>();
    for (Dataset dataset : datasets.all()) {
      Task task = new Task(dataset, partition);
      if (wants(task)) {
        missing.put(
            "%s version %d partition %d"
                .formatted(dataset.getDatasetId(), dataset.getCutVersion(), partition),
            task);
      }
    }
    return missing;
  }

  @Override
  public boolean wants(Task task) {
    Dataset dataset = task.dataset();
    return DatasetFold.readyToPrepare(dataset)
        && Stretch.of(dataset).stream()
            .anyMatch(
                stretch ->
                    stretch.partition() == task.partition() && stretch.isMissingFrom(dataset));
  }

  @Override
  public void perform(Task task, Cancellation cancellation) {
    // The view may be replaying the log, and this part be long prepared.
    datasets.awaitCurrent(viewTimeout);
    Dataset dataset = datasets.get(task.dataset().getDatasetId()).orElseThrow();
    for (Stretch stretch : Stretch.of(dataset)) {
      if (stretch.partition() == task.partition() && stretch.isMissingFrom(dataset)) {
        publish(dataset, prepare(dataset, stretch, cancellation));
        datasets.awaitCurrent(viewTimeout);
      }
    }
  }

  private DatasetPart prepare(Dataset dataset, Stretch stretch, Cancellation cancellation) {
    try (PartBuild build = new PartBuild(dataset, stretch, preparation)) {
      stretch
          .range()
          .read(
              clients,
              event -> {
                if (cancellation.isCancelled()) {
                  throw Problem.ours("CANCELLED", "preparing a part was cancelled", null);
                }
                build.read(event);
              });
      return build.finish(artifacts);
    }
  }

  private void publish(Dataset dataset, DatasetPart part) {
    publisher.publish(
        Topics.DATASETS,
        DatasetEvent.newBuilder()
            .setDatasetId(dataset.getDatasetId())
            .setPartPrepared(DatasetPartPrepared.newBuilder().setPart(part))
            .build());
  }

  @Override
  public void failed(Task task, Problem problem) {
    // Another instance may have done what this one could not.
    datasets.awaitCurrent(viewTimeout);
    datasets
        .get(task.dataset().getDatasetId())
        .filter(dataset -> dataset.getCutVersion() == task.dataset().getCutVersion())
        .filter(dataset -> wants(new Task(dataset, task.partition())))
        .ifPresent(dataset -> PrepareDataset.publishFailure(publisher, dataset, problem));
  }
}
