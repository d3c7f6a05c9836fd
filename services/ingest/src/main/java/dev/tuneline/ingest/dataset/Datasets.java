package dev.tuneline.ingest.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.ingest.Repeats;
import dev.tuneline.ingest.projection.Projection;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import dev.tuneline.proto.v1.UploadReceived;
import dev.tuneline.proto.v1.UploadResult;
import java.nio.file.Path;
import java.util.Optional;

/** What callers can do with datasets. Safe for use by several threads. */
public final class Datasets {
  private static final int MAX_NAME_CHARS = 200;

  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final ArtifactStore artifacts;
  private final UploadReading reading;
  private final Projection<Dataset, DatasetEvent> projection;
  private final Ids ids;
  private final Repeats repeats;

  public Datasets(
      KafkaClients clients,
      EventPublisher publisher,
      ArtifactStore artifacts,
      UploadReading reading,
      Projection<Dataset, DatasetEvent> projection,
      Ids ids,
      Repeats repeats) {
    this.clients = clients;
    this.publisher = publisher;
    this.artifacts = artifacts;
    this.reading = reading;
    this.projection = projection;
    this.ids = ids;
    this.repeats = repeats;
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
    return at(
        id,
        publishCreated(
            id,
            DatasetCreated.newBuilder()
                .setName(name)
                .setMapping(request.getMapping())
                .setCleaning(request.getCleaning())));
  }

  /**
   * Takes in a file: looks it through, stores it, and says so. Its rows follow.
   *
   * @param file the bytes, which stay the caller's
   */
  public UploadFileResponse upload(Path file, UploadHeader header) {
    String fileName = checkName(header.getFileName(), "header.file_name");
    repeats.check("UploadFile", header.getIdempotencyKey(), header);
    final String uploadId = ids.give("up", header.getIdempotencyKey());
    Dataset dataset = Dataset.getDefaultInstance();
    String datasetId = header.getDatasetId();
    RowMapping mapping = header.getMapping();
    boolean known = false;
    if (datasetId.isEmpty()) {
      datasetId = ids.give("ds", header.getIdempotencyKey());
      if (!header.getIdempotencyKey().isEmpty()) {
        Optional<Dataset> earlier = projection.current(datasetId);
        dataset = earlier.orElse(dataset);
        known = earlier.isPresent();
      }
    } else {
      dataset = get(datasetId);
      known = true;
    }
    if (known) {
      mapping = dataset.getMapping();
      if (dataset.getUploadsList().stream()
          .anyMatch(upload -> upload.getUploadId().equals(uploadId))) {
        return respond(dataset, uploadId, look(file, uploadId, fileName, mapping));
      }
      checkTakes(dataset, header.getCut());
    }
    UploadResult result = look(file, uploadId, fileName, mapping);
    Upload upload =
        Upload.newBuilder()
            .setUploadId(uploadId)
            .setFileName(fileName)
            .setFile(artifacts.put(file, "text/plain"))
            .build();
    if (!known) {
      publishCreated(
          datasetId,
          DatasetCreated.newBuilder()
              .setName(fileName)
              .setMapping(mapping)
              .setCleaning(header.getCleaning()));
    }
    Event.Position position =
        publish(event(datasetId).setUploadReceived(UploadReceived.newBuilder().setUpload(upload)));
    if (header.getCut()) {
      position = publishCut(datasetId, dataset.getCutVersion() + 1);
    }
    return respond(at(datasetId, position), uploadId, result);
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

  /** Datasets, the newest first. */
  public Projection.Page<Dataset> list(int size, String pageToken) {
    return projection.list(size, pageToken);
  }

  /** Datasets that come after a given one in the list. */
  public Projection.Page<Dataset> listAfter(int size, String datasetId) {
    return list(size, projection.tokenAfter(datasetId, get(datasetId)));
  }

  private UploadResult look(Path file, String uploadId, String fileName, RowMapping mapping) {
    RowSource source = RowSource.newBuilder().setUploadId(uploadId).setFile(fileName).build();
    return reading.read(file, source, Layouts.of(mapping), (index, row) -> {});
  }

  private static UploadFileResponse respond(Dataset dataset, String uploadId, UploadResult result) {
    return UploadFileResponse.newBuilder()
        .setDataset(dataset)
        .setUploadId(uploadId)
        .setResult(result)
        .build();
  }

  private Event.Position publishCreated(String id, DatasetCreated.Builder created) {
    return publish(event(id).setCreated(created.setFrom(RowLog.end(clients))));
  }

  private Event.Position publishCut(String datasetId, int version) {
    return publish(
        event(datasetId)
            .setCut(DatasetCut.newBuilder().setVersion(version).setUntil(RowLog.end(clients))));
  }

  private Event.Position publish(DatasetEvent.Builder event) {
    return publisher.publish(Topics.DATASETS, event.build());
  }

  private Dataset at(String datasetId, Event.Position position) {
    return projection.at(datasetId, position).orElseThrow(() -> notFound(datasetId));
  }

  private static DatasetEvent.Builder event(String datasetId) {
    return DatasetEvent.newBuilder().setDatasetId(datasetId);
  }

  private static void checkTakes(Dataset dataset, boolean cut) {
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

  private static String checkName(String given, String field) {
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
