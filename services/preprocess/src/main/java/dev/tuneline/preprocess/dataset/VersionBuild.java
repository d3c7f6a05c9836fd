package dev.tuneline.preprocess.dataset;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.preprocess.example.RowReading;
import dev.tuneline.preprocess.example.RowReading.Outcome;
import dev.tuneline.preprocess.example.Splitting;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Upload;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One version of a dataset while its rows are read. Rows may come in any order and again; the
 * version that comes out depends on what they say alone.
 */
final class VersionBuild implements AutoCloseable {
  private final Dataset dataset;
  private final RowRules rules;
  private final Splitting splitting;
  private final RowReading reading;
  private final List<Upload> uploads;
  private final Map<String, Integer> uploadOrder = new HashMap<>();
  private final Map<String, Long> uploadRows = new HashMap<>();
  private final SeenRows seen = new SeenRows();
  private final Account account = new Account();
  private final ExampleSpool examples;
  private final Rejections rejections = new Rejections();

  VersionBuild(Dataset dataset, RowRules rules, Splitting splitting, int maxExamples) {
    this.dataset = dataset;
    this.rules = rules;
    this.splitting = splitting;
    this.examples = new ExampleSpool(maxExamples);
    this.uploads =
        dataset.getUploadsList().stream()
            .filter(upload -> upload.getVersion() <= dataset.getCutVersion())
            .toList();
    this.reading = new RowReading(Layouts.of(dataset.getMapping()), uploads);
    uploads.forEach(upload -> uploadOrder.put(upload.getUploadId(), uploadOrder.size()));
  }

  /** Counts a row of the log if it belongs to the version and was not counted before. */
  void read(Event<RowReceived> event) {
    RowReceived row = event.body();
    if (!row.getDatasetId().equals(dataset.getDatasetId()) || !rules.allows(row)) {
      return;
    }
    String uploadId = row.getSource().getUploadId();
    boolean belongs =
        uploadId.isEmpty() ? beforeCut(event.position()) : uploadOrder.containsKey(uploadId);
    if (!belongs || !seen.add(uploadId, row.getRowId())) {
      return;
    }
    account.received(1);
    uploadRows.merge(uploadId, 1L, Long::sum);
    switch (reading.read(row)) {
      case Outcome.Kept kept -> {
        ExampleSpool.Standing standing =
            new ExampleSpool.Standing(
                uploadOrder.getOrDefault(uploadId, uploadOrder.size()),
                row.getSource().getLine(),
                row.getRowId());
        if (!examples.add(kept.example(), splitting.of(kept.example()), standing)) {
          reject(
              RowReading.rejection(
                  row, "", "DUPLICATE", "an equal example is in the dataset already"));
        }
      }
      case Outcome.Rejected rejected -> reject(rejected.rejection());
    }
  }

  /**
   * The version.
   *
   * @throws Problem ROWS_DO_NOT_ADD_UP or NO_EXAMPLES
   */
  DatasetVersion finish(ArtifactStore artifacts, Instant now) {
    for (Upload upload : uploads) {
      countRejections(artifacts, upload);
      long published = upload.getResult().getRowsPublished();
      long found = uploadRows.getOrDefault(upload.getUploadId(), 0L);
      if (found != published) {
        throw Account.doesNotAddUp(
                "file %s has %d rows, of which %d were found in the log"
                    .formatted(upload.getFileName(), published, found))
            .at(Problem.FILE, upload.getFileName());
      }
    }
    account.kept(examples.size());
    RowAccount closed = account.close();
    if (closed.getKept() == 0) {
      throw Problem.caller(
              "NO_EXAMPLES",
              "none of the %d rows became an example: %s"
                  .formatted(closed.getReceived(), closed.getRejectedByReasonMap()))
          .mend("mend the rows by the reasons, or say in the mapping what the columns are called");
    }
    DatasetVersion.Builder version =
        DatasetVersion.newBuilder()
            .setVersion(dataset.getCutVersion())
            .setDigest(examples.digest())
            .setAccount(closed)
            .addAllSplits(examples.store(artifacts))
            .setPreparedAt(Timestamps.fromMillis(now.toEpochMilli()));
    rejections.store(artifacts).ifPresent(version::setRejections);
    return version.build();
  }

  private void countRejections(ArtifactStore artifacts, Upload upload) {
    account.received(upload.getResult().getRowsRejected());
    if (upload.getResult().hasRejections()) {
      Rejections.read(artifacts, upload.getResult().getRejections(), this::reject);
    }
  }

  private void reject(RowRejection rejection) {
    account.rejected(rejection.getReason());
    rejections.add(rejection);
  }

  private boolean beforeCut(Event.Position position) {
    return position.offset()
        < dataset.getUntil().getOffsetsMap().getOrDefault(position.partition(), 0L);
  }

  @Override
  public void close() {
    rejections.close();
    examples.close();
  }
}
