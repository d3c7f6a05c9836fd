package dev.tuneline.preprocess.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.Event;
import dev.tuneline.preprocess.example.Splitting;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionBuildTest {
  private static final int FILE_ROWS = 40;

  @TempDir Path folder;

  private final Dataset dataset =
      Dataset.newBuilder()
          .setDatasetId("d")
          .setCutVersion(1)
          .addUploads(
              Upload.newBuilder()
                  .setUploadId("up")
                  .setFileName("a.csv")
                  .setVersion(1)
                  .setResult(UploadResult.newBuilder().setRowsPublished(FILE_ROWS)))
          .setUntil(RowPositions.newBuilder().putOffsets(0, 1_000))
          .build();

  @Test
  void orderAndRedeliveryChangeNothing() {
    List<Event<RowReceived>> rows = rows();
    final DatasetVersion first = build(rows);
    List<Event<RowReceived>> shuffled = new ArrayList<>(rows);
    shuffled.addAll(rows.subList(5, 20));
    Collections.shuffle(shuffled, new Random(7));

    assertThat(build(shuffled)).isEqualTo(first);
  }

  @Test
  void everyRowIsAccountedFor() {
    DatasetVersion version = build(rows());

    // 40 of the file, of which every tenth has no reply and one repeats another; 3 events.
    assertThat(version.getAccount().getReceived()).isEqualTo(43);
    assertThat(version.getAccount().getRejectedByReasonMap())
        .isEqualTo(Map.of("MISSING_REPLY", 4L, "DUPLICATE", 1L));
    assertThat(version.getAccount().getKept()).isEqualTo(38);
    assertThat(version.getSplitsList().stream().mapToLong(split -> split.getExamples()).sum())
        .isEqualTo(38);
    assertThat(version.hasRejections()).isTrue();
  }

  @Test
  void aRowThatIsMissingFromTheLogIsNoticed() {
    List<Event<RowReceived>> rows = rows();
    rows.remove(3);

    assertThatThrownBy(() -> build(rows))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("ROWS_DO_NOT_ADD_UP"));
  }

  @Test
  void whatDoesNotBelongIsPassedOver() {
    List<Event<RowReceived>> rows = rows();
    rows.add(event(RowReceived.newBuilder().setDatasetId("other").setRowId("x"), 60));
    rows.add(event(eventRow("late").putCells("question", "late?"), 1_000));
    rows.add(
        event(
            eventRow("u").setSource(RowSource.newBuilder().setUploadId("of a later version")), 61));
    rows.add(event(RowReceived.newBuilder().setDatasetId("d").setRowId("no cells"), 62));

    assertThat(build(rows)).isEqualTo(build(rows()));
  }

  private static List<Event<RowReceived>> rows() {
    List<Event<RowReceived>> rows = new ArrayList<>();
    for (int i = 0; i < FILE_ROWS; i++) {
      int asked = i == 39 ? 1 : i; // the last row repeats the second
      rows.add(
          event(
              RowReceived.newBuilder()
                  .setDatasetId("d")
                  .setRowId("up:" + i)
                  .putCells("question", "question " + asked)
                  .putCells("reply", i % 10 == 0 ? " " : "answer " + asked)
                  .setSource(
                      RowSource.newBuilder().setUploadId("up").setFile("a.csv").setLine(i + 2)),
              i));
    }
    for (int i = 0; i < 3; i++) {
      rows.add(event(eventRow("e" + i).putCells("question", "event " + i), 50 + i));
    }
    return rows;
  }

  private static RowReceived.Builder eventRow(String id) {
    return RowReceived.newBuilder().setDatasetId("d").setRowId(id).putCells("reply", "a");
  }

  private static Event<RowReceived> event(RowReceived.Builder row, long offset) {
    return new Event<>(
        row.getRowId(),
        "tuneline.v1.RowReceived",
        "test",
        Instant.EPOCH,
        "",
        "",
        row.build(),
        new Event.Position(0, offset));
  }

  private DatasetVersion build(List<Event<RowReceived>> rows) {
    try (VersionBuild build =
        new VersionBuild(dataset, new RowRules(100, 10_000), new Splitting(80, 10), 1_000)) {
      rows.forEach(build::read);
      DatasetVersion version =
          build.finish(new FileArtifactStore(folder.resolve("artifacts")), Instant.EPOCH);
      // Rejections are listed as they were met.
      return version.toBuilder()
          .setRejections(version.getRejections().getDefaultInstanceForType())
          .build();
    }
  }
}
