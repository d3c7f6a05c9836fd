package dev.tuneline.preprocess.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetFailed;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.DatasetPrepared;
import dev.tuneline.proto.v1.DatasetVersion;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a cut version of its parts once all of them are prepared. A killed attempt is repeated and
 * gives the same artifacts.
 */
public final class PrepareDataset implements Step<Dataset> {
  private static final Logger log = LoggerFactory.getLogger(PrepareDataset.class);

  private final EventPublisher publisher;
  private final ArtifactStore artifacts;
  private final InstantSource clock;
  private final Preparation preparation;

  public PrepareDataset(
      EventPublisher publisher,
      ArtifactStore artifacts,
      InstantSource clock,
      Preparation preparation) {
    this.publisher = publisher;
    this.artifacts = artifacts;
    this.clock = clock;
    this.preparation = preparation;
  }

  @Override
  public boolean wants(Dataset dataset) {
    return DatasetFold.readyToPrepare(dataset)
        && Stretch.of(dataset).stream().noneMatch(stretch -> stretch.isMissingFrom(dataset));
  }

  @Override
  public void perform(Dataset dataset, Cancellation cancellation) {
    try (VersionMerge merge = new VersionMerge(dataset, preparation, artifacts, cancellation)) {
      DatasetVersion version = merge.merge(clock.instant());
      publisher.publish(
          Topics.DATASETS,
          DatasetEvent.newBuilder()
              .setDatasetId(dataset.getDatasetId())
              .setPrepared(DatasetPrepared.newBuilder().setVersion(version))
              .build());
    }
    for (DatasetPart part : dataset.getPartsList()) {
      artifacts.remove(part.getRows());
      artifacts.remove(part.getTexts());
    }
    log.info("dataset {} version {} is prepared", dataset.getDatasetId(), dataset.getCutVersion());
  }

  @Override
  public void failed(Dataset dataset, Problem problem) {
    publishFailure(publisher, dataset, problem);
  }

  static void publishFailure(EventPublisher publisher, Dataset dataset, Problem problem) {
    publisher.publish(
        Topics.DATASETS,
        DatasetEvent.newBuilder()
            .setDatasetId(dataset.getDatasetId())
            .setFailed(DatasetFailed.newBuilder().setProblem(WireProblem.toProto(problem)))
            .build());
  }
}
