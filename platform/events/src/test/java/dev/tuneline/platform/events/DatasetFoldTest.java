package dev.tuneline.platform.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetFailed;
import dev.tuneline.proto.v1.DatasetGrowthSet;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.DatasetPartPrepared;
import dev.tuneline.proto.v1.DatasetPrepared;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Growth;
import dev.tuneline.proto.v1.RowsPublished;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadReceived;
import dev.tuneline.proto.v1.UploadResult;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class DatasetFoldTest {
  private static final DatasetEvent CREATED =
      event().setCreated(DatasetCreated.newBuilder().setName("n")).build();

  @Test
  void aVersionWaitsForTheFilesThatCameBeforeItsCut() {
    Dataset cut = fold(CREATED, received("u1"), cut(1));
    assertThat(DatasetFold.readyToPrepare(cut)).isFalse();

    Dataset published = fold(CREATED, received("u1"), cut(1), published("u1", 7));
    assertThat(DatasetFold.readyToPrepare(published)).isTrue();
    assertThat(published.getUploads(0).getResult().getRowsPublished()).isEqualTo(7);
  }

  @Test
  void aFileThatComesAfterTheCutBelongsToTheNextVersion() {
    Dataset dataset = fold(CREATED, received("u1"), published("u1", 1), cut(1), received("u2"));

    assertThat(dataset.getUploads(0).getVersion()).isEqualTo(1);
    assertThat(dataset.getUploads(1).getVersion()).isEqualTo(2);
    assertThat(DatasetFold.readyToPrepare(dataset)).isTrue();
  }

  @Test
  void rulesOfGrowthHoldUntilOthersAreSet() {
    Growth often = Growth.newBuilder().setCutRows(5).build();
    DatasetEvent set = event().setGrowthSet(DatasetGrowthSet.newBuilder().setGrowth(often)).build();
    DatasetEvent unset = event().setGrowthSet(DatasetGrowthSet.getDefaultInstance()).build();

    assertThat(fold(CREATED, set, cut(1)).getGrowth()).isEqualTo(often);
    assertThat(fold(CREATED, set, cut(1)).hasCutAt()).isTrue();
    assertThat(fold(CREATED, set, unset).getGrowth()).isEqualTo(Growth.getDefaultInstance());
  }

  @Test
  void versionsFollowOneAnother() {
    Dataset dataset = fold(CREATED, cut(1), prepared(1), cut(2), prepared(2));

    assertThat(dataset.getState()).isEqualTo(DatasetState.DATASET_STATE_PREPARED);
    assertThat(dataset.getVersionsList())
        .extracting(DatasetVersion::getVersion)
        .containsExactly(1, 2);
  }

  @Test
  void redeliveriesChangeNothing() {
    Dataset once = fold(CREATED, received("u1"), published("u1", 3), cut(1), prepared(1));
    Dataset twice =
        fold(
            CREATED,
            CREATED,
            received("u1"),
            received("u1"),
            published("u1", 3),
            published("u1", 9),
            cut(1),
            cut(1),
            prepared(1),
            prepared(1));

    assertThat(twice).isEqualTo(once);
  }

  @Test
  void partsOfTheNewestCutAreCollectedUntilItIsPrepared() {
    Dataset half = fold(CREATED, cut(1), part(1, 3), part(1, 0), part(1, 3), part(2, 1));
    assertThat(half.getPartsList())
        .extracting(DatasetPart::getPartition)
        .as("each once, of this version")
        .containsExactly(3, 0);

    Dataset prepared = fold(CREATED, cut(1), part(1, 3), prepared(1), part(1, 0));
    assertThat(prepared.getPartsList()).isEmpty();
    assertThat(fold(CREATED, cut(1), part(1, 3), prepared(1), cut(2)).getPartsList()).isEmpty();
  }

  @Test
  void aFailedDatasetTakesNothingMore() {
    DatasetEvent failed = event().setFailed(DatasetFailed.getDefaultInstance()).build();
    Dataset dataset = fold(CREATED, failed);

    assertThat(DatasetFold.takesRows(dataset)).isFalse();
    assertThat(fold(CREATED, failed, received("u1"), cut(1))).isEqualTo(dataset);
  }

  private static DatasetEvent.Builder event() {
    return DatasetEvent.newBuilder().setDatasetId("d");
  }

  private static DatasetEvent received(String uploadId) {
    return event()
        .setUploadReceived(
            UploadReceived.newBuilder().setUpload(Upload.newBuilder().setUploadId(uploadId)))
        .build();
  }

  private static DatasetEvent published(String uploadId, long rows) {
    return event()
        .setRowsPublished(
            RowsPublished.newBuilder()
                .setUploadId(uploadId)
                .setResult(UploadResult.newBuilder().setRowsPublished(rows)))
        .build();
  }

  private static DatasetEvent cut(int version) {
    return event().setCut(DatasetCut.newBuilder().setVersion(version)).build();
  }

  private static DatasetEvent part(int version, int partition) {
    return event()
        .setPartPrepared(
            DatasetPartPrepared.newBuilder()
                .setPart(DatasetPart.newBuilder().setVersion(version).setPartition(partition)))
        .build();
  }

  private static DatasetEvent prepared(int version) {
    return event()
        .setPrepared(
            DatasetPrepared.newBuilder()
                .setVersion(DatasetVersion.newBuilder().setVersion(version)))
        .build();
  }

  private static Dataset fold(DatasetEvent... events) {
    @Nullable Dataset dataset = null;
    for (DatasetEvent body : events) {
      dataset =
          new DatasetFold()
              .apply(
                  dataset,
                  new Event<>(
                      "id", "type", "test", Instant.EPOCH, "", "", body, new Event.Position(0, 0)));
    }
    return Objects.requireNonNull(dataset);
  }
}
