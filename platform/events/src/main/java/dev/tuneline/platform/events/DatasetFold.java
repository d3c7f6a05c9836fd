package dev.tuneline.platform.events;

import static dev.tuneline.proto.v1.DatasetState.DATASET_STATE_CUT;
import static dev.tuneline.proto.v1.DatasetState.DATASET_STATE_FAILED;
import static dev.tuneline.proto.v1.DatasetState.DATASET_STATE_OPEN;
import static dev.tuneline.proto.v1.DatasetState.DATASET_STATE_PREPARED;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.RowsPublished;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a dataset from its events; an event that does not fit the state changes nothing. */
public final class DatasetFold implements Fold<Dataset, DatasetEvent> {
  private static final Set<DatasetState> ALIVE =
      EnumSet.of(DATASET_STATE_OPEN, DATASET_STATE_CUT, DATASET_STATE_PREPARED);

  /** In which states an event applies. */
  private static final Map<DatasetEvent.EventCase, Set<DatasetState>> APPLIES_IN =
      Map.of(
          DatasetEvent.EventCase.UPLOAD_RECEIVED, ALIVE,
          DatasetEvent.EventCase.ROWS_PUBLISHED, ALIVE,
          DatasetEvent.EventCase.CUT, EnumSet.of(DATASET_STATE_OPEN, DATASET_STATE_PREPARED),
          DatasetEvent.EventCase.PART_PREPARED, EnumSet.of(DATASET_STATE_CUT),
          DatasetEvent.EventCase.PREPARED, EnumSet.of(DATASET_STATE_CUT),
          DatasetEvent.EventCase.FAILED, ALIVE,
          DatasetEvent.EventCase.GROWTH_SET, ALIVE);

  /** Whether the dataset takes rows and files. */
  public static boolean takesRows(Dataset dataset) {
    return ALIVE.contains(dataset.getState());
  }

  /** Whether a version is cut and every file that belongs to it is in the row log. */
  public static boolean readyToPrepare(Dataset dataset) {
    return dataset.getState() == DATASET_STATE_CUT
        && dataset.getUploadsList().stream()
            .filter(upload -> upload.getVersion() <= dataset.getCutVersion())
            .allMatch(upload -> upload.hasResult());
  }

  @Override
  public @Nullable Dataset apply(@Nullable Dataset dataset, Event<DatasetEvent> event) {
    DatasetEvent body = event.body();
    if (dataset == null) {
      return body.getEventCase() == DatasetEvent.EventCase.CREATED ? created(event) : null;
    }
    Set<DatasetState> states = APPLIES_IN.getOrDefault(body.getEventCase(), Set.of());
    if (!states.contains(dataset.getState())) {
      return dataset;
    }
    Dataset.Builder next =
        dataset.toBuilder().setUpdatedAt(Timestamps.fromMillis(event.time().toEpochMilli()));
    switch (body.getEventCase()) {
      case UPLOAD_RECEIVED -> {
        var upload = body.getUploadReceived().getUpload();
        if (dataset.getUploadsList().stream()
            .anyMatch(known -> known.getUploadId().equals(upload.getUploadId()))) {
          return dataset;
        }
        next.addUploads(upload.toBuilder().setVersion(dataset.getCutVersion() + 1));
      }
      case ROWS_PUBLISHED -> rowsPublished(next, body.getRowsPublished());
      case CUT -> {
        if (body.getCut().getVersion() != dataset.getCutVersion() + 1) {
          return dataset;
        }
        next.setState(DATASET_STATE_CUT)
            .setCutVersion(body.getCut().getVersion())
            .setUntil(body.getCut().getUntil())
            .setCutAt(next.getUpdatedAt());
      }
      case PART_PREPARED -> {
        var part = body.getPartPrepared().getPart();
        if (part.getVersion() != dataset.getCutVersion()
            || dataset.getPartsList().stream()
                .anyMatch(known -> known.getPartition() == part.getPartition())) {
          return dataset;
        }
        next.addParts(part);
      }
      case PREPARED -> {
        if (body.getPrepared().getVersion().getVersion() != dataset.getCutVersion()) {
          return dataset;
        }
        next.setState(DATASET_STATE_PREPARED)
            .clearParts()
            .addVersions(body.getPrepared().getVersion());
      }
      case FAILED ->
          next.setState(DATASET_STATE_FAILED)
              .clearParts()
              .setProblem(body.getFailed().getProblem());
      case GROWTH_SET -> next.setGrowth(body.getGrowthSet().getGrowth());
      case CREATED, EVENT_NOT_SET -> {
        return dataset;
      }
    }
    return next.build();
  }

  private static void rowsPublished(Dataset.Builder next, RowsPublished published) {
    for (var upload : next.getUploadsBuilderList()) {
      if (upload.getUploadId().equals(published.getUploadId()) && !upload.hasResult()) {
        upload.setResult(published.getResult()).setUntil(published.getUntil());
      }
    }
  }

  private static Dataset created(Event<DatasetEvent> event) {
    var now = Timestamps.fromMillis(event.time().toEpochMilli());
    var created = event.body().getCreated();
    Dataset.Builder dataset =
        Dataset.newBuilder()
            .setDatasetId(event.body().getDatasetId())
            .setName(created.getName())
            .setMapping(created.getMapping())
            .setCleaning(created.getCleaning())
            .setFrom(created.getFrom())
            .setState(DATASET_STATE_OPEN)
            .setCreatedAt(now)
            .setUpdatedAt(now);
    if (created.hasGrowth()) {
      dataset.setGrowth(created.getGrowth());
    }
    return dataset.build();
  }
}
