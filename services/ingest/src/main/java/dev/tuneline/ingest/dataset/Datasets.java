package dev.tuneline.ingest.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.ingest.Repeats;
import dev.tuneline.ingest.growth.GrowthRules;
import dev.tuneline.ingest.projection.Projection;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetGrowthSet;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.JobSpec;
import java.util.Optional;
import java.util.function.Consumer;

/** What callers can do with datasets. Safe for use by several threads. */
public final class Datasets {
  private static final int MAX_NAME_CHARS = 200;

  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final Projection<Dataset, DatasetEvent> projection;
  private final Ids ids;
  private final Repeats repeats;
  private final Consumer<JobSpec> templates;

  /**
   * @param templates refuses a job that could not be trained whatever its dataset
   */
  public Datasets(
      KafkaClients clients,
      EventPublisher publisher,
      Projection<Dataset, DatasetEvent> projection,
      Ids ids,
      Repeats repeats,
      Consumer<JobSpec> templates) {
    this.clients = clients;
    this.publisher = publisher;
    this.projection = projection;
    this.ids = ids;
    this.repeats = repeats;
    this.templates = templates;
  }

  /** Makes an open dataset. */
  public Dataset create(CreateDatasetRequest request) {
    String name = checkName(request.getName(), "name");
    repeats.check("CreateDataset", request.getIdempotencyKey(), request);
    String id = ids.give("ds", request.getIdempotencyKey());
    if (!request.getIdempotencyKey().isEmpty()) {
      Optional<Dataset> known = projection.current(id);
      if (known.isPresent()) {
        return known.get();
      }
    }
    ExampleCleaning.of(request.getCleaning());
    DatasetCreated.Builder created =
        DatasetCreated.newBuilder()
            .setName(name)
            .setMapping(request.getMapping())
            .setCleaning(request.getCleaning());
    if (request.hasGrowth()) {
      GrowthRules.check(request.getGrowth(), templates);
      created.setGrowth(request.getGrowth());
    }
    return at(id, publishCreated(id, created));
  }

  /** Replaces the rules by which a dataset grows. */
  public Dataset setGrowth(String datasetId, Growth growth) {
    checkTakes(get(datasetId), false);
    GrowthRules.check(growth, templates);
    return at(
        datasetId,
        publish(event(datasetId).setGrowthSet(DatasetGrowthSet.newBuilder().setGrowth(growth))));
  }

  /** Makes the rows so far one version. */
  public Dataset cut(String datasetId) {
    Dataset dataset = get(datasetId);
    checkTakes(dataset, true);
    return at(datasetId, publishCut(datasetId, dataset.getCutVersion() + 1));
  }

  /** A dataset as it stands. */
  public Dataset get(String datasetId) {
    return projection.current(datasetId).orElseThrow(() -> notFound(datasetId));
  }

  /** A dataset as it stood a moment ago; cheaper than {@link #get}. */
  public Dataset latest(String datasetId) {
    return projection.latest(datasetId).orElseThrow(() -> notFound(datasetId));
  }

  /** A dataset that may not be there. */
  Optional<Dataset> find(String datasetId) {
    return projection.current(datasetId);
  }

  /** Datasets, the newest first. */
  public Projection.Page<Dataset> list(int size, String pageToken) {
    return projection.list(size, pageToken);
  }

  /** Datasets that come after a given one in the list. */
  public Projection.Page<Dataset> listAfter(int size, String datasetId) {
    return list(size, projection.tokenAfter(datasetId, get(datasetId)));
  }

  Event.Position publishCreated(String id, DatasetCreated.Builder created) {
    return publish(event(id).setCreated(created.setFrom(RowLog.end(clients))));
  }

  Event.Position publishCut(String datasetId, int version) {
    return publish(
        event(datasetId)
            .setCut(DatasetCut.newBuilder().setVersion(version).setUntil(RowLog.end(clients))));
  }

  Event.Position publish(DatasetEvent.Builder event) {
    return publisher.publish(Topics.DATASETS, event.build());
  }

  Dataset at(String datasetId, Event.Position position) {
    return projection.at(datasetId, position).orElseThrow(() -> notFound(datasetId));
  }

  static DatasetEvent.Builder event(String datasetId) {
    return DatasetEvent.newBuilder().setDatasetId(datasetId);
  }

  static void checkTakes(Dataset dataset, boolean cut) {
    if (!DatasetFold.takesRows(dataset)) {
      throw Problem.caller(
              "DATASET_NOT_OPEN", "dataset " + dataset.getDatasetId() + " takes no more rows")
          .at(Problem.FIELD, "dataset_id")
          .at("state", dataset.getState())
          .mend("create a new dataset");
    }
    if (cut && dataset.getState() == DatasetState.DATASET_STATE_CUT) {
      throw Problem.caller(
              "DATASET_NOT_READY",
              "version %d of dataset %s is being prepared"
                  .formatted(dataset.getCutVersion(), dataset.getDatasetId()))
          .at(Problem.FIELD, "dataset_id")
          .mend("cut again when the dataset is prepared");
    }
  }

  static String checkName(String given, String field) {
    String name = given.substring(given.replace('\\', '/').lastIndexOf('/') + 1).strip();
    if (name.isEmpty()
        || name.length() > MAX_NAME_CHARS
        || name.chars().anyMatch(Character::isISOControl)) {
      throw Problem.caller("INVALID_NAME", "the name is missing or unusable")
          .at(Problem.FIELD, field)
          .mend("give 1 to %d printable characters".formatted(MAX_NAME_CHARS));
    }
    return name;
  }

  private static Problem notFound(String datasetId) {
    return Problem.caller("DATASET_NOT_FOUND", "there is no dataset " + shown(datasetId))
        .at(Problem.FIELD, "dataset_id")
        .mend("use an id that CreateDataset, UploadFile or ListDatasets returned");
  }

  private static String shown(String id) {
    return Ids.PATTERN.matcher(id).matches() ? id : "of such an id";
  }
}
