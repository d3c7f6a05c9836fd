package dev.tuneline.preprocess.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.TopicRange;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.preprocess.example.Splitting;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetFailed;
import dev.tuneline.proto.v1.DatasetPrepared;
import dev.tuneline.proto.v1.DatasetVersion;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;

/**
 * Prepares a cut version once all its rows are in the log: reads them, accounts for each, and
 * stores the examples of every split. A killed attempt is repeated and gives the same artifacts.
 */
public final class PrepareDataset implements Step<Dataset> {
  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final ArtifactStore artifacts;
  private final InstantSource clock;
  private final RowRules rules;
  private final Splitting splitting;
  private final int maxExamples;

  public PrepareDataset(
      KafkaClients clients,
      EventPublisher publisher,
      ArtifactStore artifacts,
      InstantSource clock,
      RowRules rules,
      Splitting splitting,
      int maxExamples) {
    this.clients = clients;
    this.publisher = publisher;
    this.artifacts = artifacts;
    this.clock = clock;
    this.rules = rules;
    this.splitting = splitting;
    this.maxExamples = maxExamples;
  }

  @Override
  public boolean wants(Dataset dataset) {
    return DatasetFold.readyToPrepare(dataset);
  }

  @Override
  public void perform(Dataset dataset, Cancellation cancellation) {
    try (VersionBuild build = new VersionBuild(dataset, rules, splitting, maxExamples)) {
      new TopicRange<>(Topics.ROWS, dataset.getFrom().getOffsetsMap(), until(dataset))
          .read(
              clients,
              event -> {
                if (cancellation.isCancelled()) {
                  throw Problem.ours("CANCELLED", "preparing was cancelled", null);
                }
                build.read(event);
              });
      DatasetVersion version = build.finish(artifacts, clock.instant());
      publish(event(dataset).setPrepared(DatasetPrepared.newBuilder().setVersion(version)).build());
    }
  }

  @Override
  public void failed(Dataset dataset, Problem problem) {
    publish(
        event(dataset)
            .setFailed(DatasetFailed.newBuilder().setProblem(WireProblem.toProto(problem)))
            .build());
  }

  /** Behind the cut and behind every file of the version. */
  private static Map<Integer, Long> until(Dataset dataset) {
    Map<Integer, Long> until = new HashMap<>(dataset.getUntil().getOffsetsMap());
    dataset.getUploadsList().stream()
        .filter(upload -> upload.getVersion() <= dataset.getCutVersion())
        .forEach(
            upload ->
                upload
                    .getUntil()
                    .getOffsetsMap()
                    .forEach((partition, offset) -> until.merge(partition, offset, Math::max)));
    return until;
  }

  private static DatasetEvent.Builder event(Dataset dataset) {
    return DatasetEvent.newBuilder().setDatasetId(dataset.getDatasetId());
  }

  private void publish(DatasetEvent event) {
    publisher.publish(Topics.DATASETS, event);
  }
}
