package dev.tuneline.preprocess.dataset;

import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.TopicRange;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.Upload;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What of one partition of the row log belongs to a version; the same whoever asks.
 *
 * @param until exclusive; above {@code from}
 */
record Stretch(int partition, long from, long until) {
  /** The stretches of a dataset's newest version that are not empty; each is a part of it. */
  static List<Stretch> of(Dataset dataset) {
    // Behind the cut and behind every file of the version.
    Map<Integer, Long> ends = new HashMap<>(dataset.getUntil().getOffsetsMap());
    for (Upload upload : uploads(dataset)) {
      upload
          .getUntil()
          .getOffsetsMap()
          .forEach((partition, offset) -> ends.merge(partition, offset, Math::max));
    }
    List<Stretch> stretches = new ArrayList<>();
    for (int partition = 0; partition < Topics.ROWS.partitions(); partition++) {
      long from = dataset.getFrom().getOffsetsMap().getOrDefault(partition, 0L);
      long until = ends.getOrDefault(partition, 0L);
      if (from < until) {
        stretches.add(new Stretch(partition, from, until));
      }
    }
    return stretches;
  }

  /** The files whose rows belong to the newest version. */
  static List<Upload> uploads(Dataset dataset) {
    return dataset.getUploadsList().stream()
        .filter(upload -> upload.getVersion() <= dataset.getCutVersion())
        .toList();
  }

  /** Whether the newest version is to be prepared and this part of it is still missing. */
  boolean isMissingFrom(Dataset dataset) {
    return DatasetFold.readyToPrepare(dataset)
        && dataset.getPartsList().stream().noneMatch(part -> part.getPartition() == partition);
  }

  TopicRange<RowReceived> range() {
    return new TopicRange<>(Topics.ROWS, Map.of(partition, from), Map.of(partition, until));
  }
}
