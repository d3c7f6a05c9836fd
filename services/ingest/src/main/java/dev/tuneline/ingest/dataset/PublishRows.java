package dev.tuneline.ingest.dataset;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.platform.tables.TableRecord;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetFailed;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.RowsPublished;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Puts the rows of uploaded files into the log.
 *
 * <p>A row's id follows from its upload and its number, so a killed attempt is simply repeated: the
 * same rows come again under the same ids, and whoever reads rows counts an id once.
 */
public final class PublishRows implements Step<Dataset> {
  private final UploadReading reading;
  private final EventPublisher publisher;
  private final int maxRowsInFlight;

  /**
   * @param maxRowsInFlight rows that were sent and are not yet known to be safe
   */
  public PublishRows(UploadReading reading, EventPublisher publisher, int maxRowsInFlight) {
    this.reading = reading;
    this.publisher = publisher;
    this.maxRowsInFlight = maxRowsInFlight;
  }

  @Override
  public boolean wants(Dataset dataset) {
    return DatasetFold.takesRows(dataset)
        && dataset.getUploadsList().stream().anyMatch(upload -> !upload.hasResult());
  }

  @Override
  public void perform(Dataset dataset, Cancellation cancellation) throws InterruptedException {
    Layouts layouts = Layouts.of(dataset.getMapping());
    for (Upload upload : dataset.getUploadsList()) {
      if (!upload.hasResult()) {
        publish(dataset.getDatasetId(), upload, layouts, cancellation);
      }
    }
  }

  @Override
  public void failed(Dataset dataset, Problem problem) {
    publisher.publish(
        Topics.DATASETS,
        DatasetEvent.newBuilder()
            .setDatasetId(dataset.getDatasetId())
            .setFailed(DatasetFailed.newBuilder().setProblem(WireProblem.toProto(problem)))
            .build());
  }

  private void publish(String datasetId, Upload upload, Layouts layouts, Cancellation cancellation)
      throws InterruptedException {
    RowSource source =
        RowSource.newBuilder()
            .setUploadId(upload.getUploadId())
            .setFile(upload.getFileName())
            .build();
    InFlight inFlight = new InFlight();
    UploadResult result =
        reading.read(
            reading.stored(upload.getFile(), upload.getFileName()),
            source,
            layouts,
            (index, row) -> {
              if (cancellation.isCancelled()) {
                throw Problem.ours("CANCELLED", "publishing rows was cancelled", null);
              }
              inFlight.send(row(datasetId, source, index, row));
            });
    RowPositions until = inFlight.await();
    publisher.publish(
        Topics.DATASETS,
        DatasetEvent.newBuilder()
            .setDatasetId(datasetId)
            .setRowsPublished(
                RowsPublished.newBuilder()
                    .setUploadId(upload.getUploadId())
                    .setResult(result)
                    .setUntil(until))
            .build());
  }

  private static RowReceived row(
      String datasetId, RowSource source, long index, TableRecord.Row row) {
    return RowReceived.newBuilder()
        .setDatasetId(datasetId)
        .setRowId(source.getUploadId() + ":" + index)
        .putAllCells(row.cells())
        .setSource(source.toBuilder().setLine(row.line()))
        .build();
  }

  /** Rows on their way, and how far the log has come by those that arrived. */
  private final class InFlight {
    private final Semaphore room = new Semaphore(maxRowsInFlight);
    private final Map<Integer, Long> until = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    void send(RowReceived row) {
      room.acquireUninterruptibly();
      throwFailure();
      var _ =
          publisher
              .send(Topics.ROWS, row, row.getRowId(), null)
              .whenComplete(
                  (position, failed) -> {
                    if (failed == null) {
                      note(position);
                    } else {
                      failure.compareAndSet(null, failed);
                    }
                    room.release();
                  });
    }

    RowPositions await() throws InterruptedException {
      publisher.flush();
      room.acquire(maxRowsInFlight);
      throwFailure();
      return RowPositions.newBuilder().putAllOffsets(until).build();
    }

    private void note(Event.Position position) {
      until.merge(position.partition(), position.offset() + 1, Math::max);
    }

    private void throwFailure() {
      Throwable failed = failure.get();
      if (failed != null) {
        throw Problem.ours("KAFKA_UNAVAILABLE", "could not store a row", failed)
            .mend("check that the brokers in tuneline.kafka.bootstrap-servers answer");
      }
    }
  }
}
