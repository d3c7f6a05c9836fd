package dev.tuneline.ingest.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.ingest.Repeats;
import dev.tuneline.ingest.upload.PartFile;
import dev.tuneline.ingest.upload.PartFiles;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.GetUploadResponse;
import dev.tuneline.proto.v1.RowMapping;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadFileResponse;
import dev.tuneline.proto.v1.UploadHeader;
import dev.tuneline.proto.v1.UploadReceived;
import dev.tuneline.proto.v1.UploadResult;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Supplier;

/** Takes files in, whichever door they come through. Safe for use by several threads. */
public final class Uploads {
  private final Datasets datasets;
  private final PartFiles parts;
  private final ArtifactStore artifacts;
  private final UploadReading reading;
  private final Ids ids;
  private final Repeats repeats;
  private final Supplier<? extends Collection<Dataset>> current;

  /**
   * @param current all datasets, as they stand at the time of the call
   */
  public Uploads(
      Datasets datasets,
      PartFiles parts,
      ArtifactStore artifacts,
      UploadReading reading,
      Ids ids,
      Repeats repeats,
      Supplier<? extends Collection<Dataset>> current) {
    this.datasets = datasets;
    this.parts = parts;
    this.artifacts = artifacts;
    this.reading = reading;
    this.ids = ids;
    this.repeats = repeats;
    this.current = current;
  }

  /** The answer to an upload that was taken in already; empty for one that was not. */
  public Optional<UploadFileResponse> earlier(UploadHeader header) {
    String key = header.getIdempotencyKey();
    if (key.isEmpty()) {
      return Optional.empty();
    }
    checkRepeats(header);
    String uploadId = uploadId(key);
    return withUpload(uploadId).map(dataset -> answer(dataset, uploadId));
  }

  /**
   * Where the bytes of an upload go: to those that have arrived under its key, if it has one.
   *
   * @throws Problem what {@link PartFiles#open} throws, or that the header is of no use
   */
  public PartFile begin(UploadHeader header) {
    String key = header.getIdempotencyKey();
    Datasets.checkName(header.getFileName(), "header.file_name");
    if (!header.getDatasetId().isEmpty()) {
      Datasets.checkTakes(datasets.get(header.getDatasetId()), header.getCut());
    }
    return parts.open(uploadId(key), !key.isEmpty(), header.getOffset(), header.getSizeBytes());
  }

  /** How far an upload has come. */
  public GetUploadResponse standing(String key) {
    if (key.isEmpty()) {
      throw Problem.caller("MISSING_FIELD", "no upload is named")
          .at(Problem.FIELD, "idempotency_key")
          .mend("give the key that the upload's header has");
    }
    String uploadId = uploadId(key);
    GetUploadResponse.Builder standing = GetUploadResponse.newBuilder().setUploadId(uploadId);
    return withUpload(uploadId)
        .map(dataset -> upload(dataset, uploadId).getFile().getSizeBytes())
        .map(bytes -> standing.setReceivedBytes(bytes).setComplete(true))
        .orElseGet(() -> standing.setReceivedBytes(parts.received(uploadId)))
        .build();
  }

  /**
   * Takes in a whole file: looks it through, stores it, and says so. Its rows follow.
   *
   * @param file the bytes, which stay the caller's
   */
  public UploadFileResponse take(Path file, UploadHeader header) {
    String fileName = Datasets.checkName(header.getFileName(), "header.file_name");
    String key = header.getIdempotencyKey();
    checkRepeats(header);
    final String uploadId = uploadId(key);
    boolean named = !header.getDatasetId().isEmpty();
    String datasetId = named ? header.getDatasetId() : ids.give("ds", key);
    Optional<Dataset> known =
        named
            ? Optional.of(datasets.get(datasetId))
            : key.isEmpty() ? Optional.empty() : datasets.find(datasetId);
    if (known.isPresent()) {
      if (has(known.get(), uploadId)) {
        return answer(known.get(), uploadId);
      }
      Datasets.checkTakes(known.get(), header.getCut());
    } else {
      ExampleCleaning.of(header.getCleaning());
    }
    RowMapping mapping = known.map(Dataset::getMapping).orElse(header.getMapping());
    TableFile table = reading.detect(file, fileName);
    UploadResult result = look(table, uploadId, mapping);
    Upload upload =
        Upload.newBuilder()
            .setUploadId(uploadId)
            .setFileName(fileName)
            .setFile(artifacts.put(file, table.mediaType()))
            .build();
    if (known.isEmpty()) {
      datasets.publishCreated(
          datasetId,
          DatasetCreated.newBuilder()
              .setName(fileName)
              .setMapping(mapping)
              .setCleaning(header.getCleaning()));
    }
    Event.Position position =
        datasets.publish(
            Datasets.event(datasetId)
                .setUploadReceived(UploadReceived.newBuilder().setUpload(upload)));
    if (header.getCut()) {
      position = datasets.publishCut(datasetId, known.map(Dataset::getCutVersion).orElse(0) + 1);
    }
    return respond(datasets.at(datasetId, position), uploadId, result);
  }

  /** The same request may come again with another offset. */
  private void checkRepeats(UploadHeader header) {
    repeats.check(
        "UploadFile", header.getIdempotencyKey(), header.toBuilder().clearOffset().build());
  }

  private String uploadId(String key) {
    return ids.give("up", key);
  }

  private Optional<Dataset> withUpload(String uploadId) {
    return current.get().stream().filter(dataset -> has(dataset, uploadId)).findFirst();
  }

  private UploadFileResponse answer(Dataset dataset, String uploadId) {
    Upload upload = upload(dataset, uploadId);
    UploadResult result =
        upload.hasResult()
            ? upload.getResult()
            : look(
                reading.stored(upload.getFile(), upload.getFileName()),
                uploadId,
                dataset.getMapping());
    return respond(dataset, uploadId, result);
  }

  private UploadResult look(TableFile table, String uploadId, RowMapping mapping) {
    RowSource source = RowSource.newBuilder().setUploadId(uploadId).setFile(table.name()).build();
    return reading.read(table, source, Layouts.of(mapping), (index, row) -> {});
  }

  private static boolean has(Dataset dataset, String uploadId) {
    return dataset.getUploadsList().stream()
        .anyMatch(upload -> upload.getUploadId().equals(uploadId));
  }

  private static Upload upload(Dataset dataset, String uploadId) {
    return dataset.getUploadsList().stream()
        .filter(upload -> upload.getUploadId().equals(uploadId))
        .findFirst()
        .orElseThrow();
  }

  private static UploadFileResponse respond(Dataset dataset, String uploadId, UploadResult result) {
    return UploadFileResponse.newBuilder()
        .setDataset(dataset)
        .setUploadId(uploadId)
        .setResult(result)
        .build();
  }
}
