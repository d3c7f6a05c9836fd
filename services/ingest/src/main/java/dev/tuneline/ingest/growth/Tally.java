package dev.tuneline.ingest.growth;

import dev.tuneline.platform.events.Event;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The rows that one dataset received as events since its newest cut, up to as many as a version
 * takes. An id counts once. For one thread.
 */
final class Tally {
  final String datasetId;
  final int version;
  final long wanted;
  private final Map<Integer, Long> next;
  private final Set<String> ids = new HashSet<>();

  Tally(Dataset dataset) {
    this.datasetId = dataset.getDatasetId();
    this.version = dataset.getCutVersion();
    this.wanted = wanted(dataset);
    this.next =
        new HashMap<>(
            (dataset.getCutVersion() == 0 ? dataset.getFrom() : dataset.getUntil())
                .getOffsetsMap());
  }

  /** As many as make a version; one where a version is a matter of time. */
  static long wanted(Dataset dataset) {
    return Math.max(1, dataset.getGrowth().getCutRows());
  }

  boolean fits(Dataset dataset) {
    return version == dataset.getCutVersion() && wanted == wanted(dataset);
  }

  long start(int partition) {
    return next.getOrDefault(partition, 0L);
  }

  boolean isFull() {
    return ids.size() >= wanted;
  }

  /** Takes note of the log's next event, whosever it is; what was seen before changes nothing. */
  void see(Event<RowReceived> event) {
    int partition = event.position().partition();
    long offset = event.position().offset();
    if (isFull() || offset < start(partition)) {
      return;
    }
    next.put(partition, offset + 1);
    RowReceived row = event.body();
    if (row.getDatasetId().equals(datasetId)
        && row.getSource().getUploadId().isEmpty()
        && row.getCellsCount() > 0) {
      ids.add(row.getRowId());
    }
  }

  NewRows newRows() {
    return new NewRows(version, ids.size(), RowPositions.newBuilder().putAllOffsets(next).build());
  }
}
