package dev.tuneline.cli;

import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.Upload;
import java.util.stream.Collectors;

/** Shows a dataset's snapshots as stages: publishing rows, preparing. */
final class DatasetProgress {
  private final Stages stages;
  private boolean published;
  private boolean settled;

  DatasetProgress(Stages stages) {
    this.stages = stages;
  }

  /** Takes the newest snapshot. */
  void on(Dataset dataset) {
    if (settled) {
      return;
    }
    settled = settled(dataset);
    if (!published && allPublished(dataset)) {
      published = true;
      long rows =
          dataset.getUploadsList().stream().mapToLong(u -> u.getResult().getRowsPublished()).sum();
      stages.enter("publishing rows");
      stages.end(Figures.count(rows) + " rows");
    }
    switch (dataset.getState()) {
      case DATASET_STATE_PREPARED -> {
        stages.enter("preparing");
        stages.end(Figures.count(newest(dataset).getAccount().getKept()) + " examples");
      }
      case DATASET_STATE_FAILED, UNRECOGNIZED -> stages.fail();
      case DATASET_STATE_UNSPECIFIED, DATASET_STATE_OPEN, DATASET_STATE_CUT ->
          stages.enter(published ? "preparing" : "publishing rows");
    }
  }

  private static boolean allPublished(Dataset dataset) {
    return dataset.getUploadsCount() > 0
        && dataset.getUploadsList().stream().allMatch(Upload::hasResult);
  }

  /** The newest prepared version. */
  static DatasetVersion newest(Dataset dataset) {
    return dataset.getVersionsCount() == 0
        ? DatasetVersion.getDefaultInstance()
        : dataset.getVersions(dataset.getVersionsCount() - 1);
  }

  /** Whether nothing more comes of the newest cut. */
  static boolean settled(Dataset dataset) {
    return dataset.getState() == DatasetState.DATASET_STATE_PREPARED
        || dataset.getState() == DatasetState.DATASET_STATE_FAILED;
  }

  /** {@code 905 received = 880 kept + 25 rejected (DUPLICATE 10, ...)}. */
  static String account(RowAccount account) {
    String reasons =
        account.getRejectedByReasonMap().entrySet().stream()
            .sorted((a, b) -> Long.compare(b.getValue(), a.getValue()))
            .map(e -> e.getKey() + " " + Figures.count(e.getValue()))
            .collect(Collectors.joining(", "));
    return Figures.count(account.getReceived())
        + " received = "
        + Figures.count(account.getKept())
        + " kept + "
        + Figures.count(account.getRejected())
        + " rejected"
        + (reasons.isEmpty() ? "" : " (" + reasons + ")");
  }

  /** {@code train 700, validation 90, test 90}. */
  static String splits(DatasetVersion version) {
    return version.getSplitsList().stream()
        .map(s -> Tables.name(s.getSplit()) + " " + Figures.count(s.getExamples()))
        .collect(Collectors.joining(", "));
  }
}
