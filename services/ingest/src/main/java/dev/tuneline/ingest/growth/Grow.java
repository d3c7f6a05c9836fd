package dev.tuneline.ingest.growth;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.RowPositions;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Cuts versions of datasets that grow by themselves and requests the jobs of their retrain
 * policies. A cut carries its version's number, which is folded once, and a job's id follows from
 * dataset and version, so that doing either twice does it once.
 */
public final class Grow implements Step<Dataset> {
  private static final Logger log = LoggerFactory.getLogger(Grow.class);

  private final Function<Dataset, Optional<NewRows>> newRows;
  private final Supplier<RowPositions> logEnd;
  private final Predicate<String> jobIsKnown;
  private final EventPublisher publisher;
  private final InstantSource clock;

  /**
   * @param newRows rows that came as events after a dataset's newest cut
   * @param logEnd where the row log ends now
   * @param jobIsKnown whether there is a job of an id, as far as is known
   */
  public Grow(
      Function<Dataset, Optional<NewRows>> newRows,
      Supplier<RowPositions> logEnd,
      Predicate<String> jobIsKnown,
      EventPublisher publisher,
      InstantSource clock) {
    this.newRows = newRows;
    this.logEnd = logEnd;
    this.jobIsKnown = jobIsKnown;
    this.publisher = publisher;
    this.clock = clock;
  }

  @Override
  public boolean wants(Dataset dataset) {
    return dataset.hasGrowth() && (toTrain(dataset).isPresent() || isToBeCut(dataset));
  }

  @Override
  public void perform(Dataset dataset, Cancellation cancellation) {
    toTrain(dataset).ifPresent(version -> request(dataset, version));
    if (isToBeCut(dataset)) {
      publisher.publish(
          Topics.DATASETS,
          DatasetEvent.newBuilder()
              .setDatasetId(dataset.getDatasetId())
              .setCut(
                  DatasetCut.newBuilder()
                      .setVersion(dataset.getCutVersion() + 1)
                      .setUntil(until(dataset)))
              .build());
    }
  }

  /** A cut that could not be stored is asked for again by the same state. */
  @Override
  public void failed(Dataset dataset, Problem problem) {
    log.warn("dataset {} did not grow: {}", dataset.getDatasetId(), problem.describe());
  }

  private Optional<DatasetVersion> toTrain(Dataset dataset) {
    return GrowthRules.due(dataset)
        .filter(version -> !jobIsKnown.test(GrowthRules.jobId(dataset, version)));
  }

  private void request(Dataset dataset, DatasetVersion version) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(GrowthRules.jobId(dataset, version))
            .setRequested(
                JobRequested.newBuilder()
                    .setSpec(
                        dataset.getGrowth().getRetrain().getJob().toBuilder()
                            .setDatasetId(dataset.getDatasetId())
                            .setDatasetVersion(version.getVersion())))
            .build());
  }

  private boolean isToBeCut(Dataset dataset) {
    Growth growth = dataset.getGrowth();
    if (!RowCounts.cutsItself(growth)
        || !DatasetFold.takesRows(dataset)
        || dataset.getState() == DatasetState.DATASET_STATE_CUT) {
      return false;
    }
    long rows = newRows.apply(dataset).map(NewRows::rows).orElse(0L) + fileRows(dataset);
    boolean enough = growth.getCutRows() > 0 && rows >= growth.getCutRows();
    return enough || (rows > 0 && growth.hasCutInterval() && isTime(dataset));
  }

  /** Exactly behind the last counted row when these alone make the version. */
  private RowPositions until(Dataset dataset) {
    long wanted = dataset.getGrowth().getCutRows();
    return newRows
        .apply(dataset)
        .filter(counted -> wanted > 0 && counted.rows() >= wanted)
        .map(NewRows::until)
        .orElseGet(logEnd);
  }

  private boolean isTime(Dataset dataset) {
    var since = dataset.hasCutAt() ? dataset.getCutAt() : dataset.getCreatedAt();
    long elapsed = clock.millis() - Timestamps.toMillis(since);
    return elapsed >= Durations.toMillis(dataset.getGrowth().getCutInterval());
  }

  /** Rows of files that belong to the next version. */
  private static long fileRows(Dataset dataset) {
    return dataset.getUploadsList().stream()
        .filter(upload -> upload.getVersion() > dataset.getCutVersion())
        .mapToLong(upload -> upload.getResult().getRowsPublished())
        .sum();
  }
}
