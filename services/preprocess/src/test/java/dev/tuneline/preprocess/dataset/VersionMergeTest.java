package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.preprocess.example.Splitting;
import dev.tuneline.proto.v1.Cleaning;
import dev.tuneline.proto.v1.ConflictAction;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.LeakageAction;
import dev.tuneline.proto.v1.LeakageCleaning;
import dev.tuneline.proto.v1.LengthBounds;
import dev.tuneline.proto.v1.NearDuplicates;
import dev.tuneline.proto.v1.RowPositions;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.Upload;
import dev.tuneline.proto.v1.UploadResult;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VersionMergeTest {
  private static final int FILE_ROWS = 40;
  private static final int PARTITIONS = 6;
  private static final Splitting SPLITTING = new Splitting(80, 10);

  @TempDir Path folder;

  private ArtifactStore artifacts;

  private final Dataset dataset =
      Dataset.newBuilder()
          .setDatasetId("d")
          .setState(DatasetState.DATASET_STATE_CUT)
          .setCutVersion(1)
          .addUploads(
              Upload.newBuilder()
                  .setUploadId("up")
                  .setFileName("a.csv")
                  .setVersion(1)
                  .setResult(UploadResult.newBuilder().setRowsPublished(FILE_ROWS)))
          .setUntil(end())
          .build();

  @BeforeEach
  void open() {
    artifacts = new FileArtifactStore(folder.resolve("artifacts"));
  }

  @Test
  void orderRedeliveryAndPartitionsChangeNothing() {
    List<RowReceived> rows = rows();
    final DatasetVersion first = build(dataset, rows, row -> 0);
    List<RowReceived> shuffled = new ArrayList<>(rows);
    shuffled.addAll(rows.subList(5, 20));
    shuffled.addAll(rows.subList(35, 43));
    Random random = new Random(7);
    for (int i = 0; i < 5; i++) {
      Collections.shuffle(shuffled, random);

      // A redelivery may even stand in another partition.
      assertThat(build(dataset, shuffled, row -> random.nextInt(PARTITIONS))).isEqualTo(first);
    }
  }

  /** What a version of equal rows was called before parts were, so that it is called that still. */
  @Test
  void theDigestIsThatOfAllIdsWithTheirSplits() throws Exception {
    Map<String, Split> ids = new TreeMap<>();
    for (RowReceived row : rows()) {
      String reply = row.getCellsOrThrow("reply");
      if (!reply.isBlank()) {
        Example example =
            Example.of(row.getCellsOrThrow("question"), reply, new Example.Source("", 0));
        ids.put(example.id(), SPLITTING.of(example));
      }
    }
    StringBuilder lines = new StringBuilder();
    ids.forEach((id, split) -> lines.append(id).append(' ').append(split.name()).append('\n'));

    assertThat(build(dataset, rows(), row -> 1).getDigest())
        .isEqualTo(
            HexFormat.of()
                .formatHex(
                    MessageDigest.getInstance("SHA-256").digest(lines.toString().getBytes(UTF_8))));
  }

  @Test
  void everyRowIsAccountedFor() {
    DatasetVersion version = build(dataset, rows(), row -> row.getRowId().length() % PARTITIONS);

    // 40 of the file, of which every tenth has no reply and one repeats another; 3 events.
    assertThat(version.getAccount().getReceived()).isEqualTo(43);
    assertThat(version.getAccount().getRejectedByReasonMap())
        .isEqualTo(Map.of("MISSING_REPLY", 4L, "DUPLICATE", 1L));
    assertThat(version.getAccount().getKept()).isEqualTo(38);
    assertThat(version.getSplitsList().stream().mapToLong(SplitExamples::getExamples).sum())
        .isEqualTo(38);
    assertThat(rejections(version))
        .as("in the order of the lines, the repeated row by the later of its two")
        .extracting(rejection -> rejection.getSource().getLine())
        .containsExactly(2L, 12L, 22L, 32L, 41L);
  }

  @Test
  void equalExamplesMayBeKept() {
    Dataset keeping = withCleaning(Cleaning.newBuilder().setExactDuplicates(false));

    assertThat(build(keeping, rows(), row -> 2).getAccount().getKept()).isEqualTo(39);
  }

  @Test
  void whatCleaningChangesAndDropsIsCounted() {
    Dataset cleaned =
        withCleaning(
            Cleaning.newBuilder()
                .setMaxRepeatedCharacters(3)
                .setPromptLength(LengthBounds.newBuilder().setMaxCharacters(30)));
    List<RowReceived> rows = rows();
    rows.set(3, rows.get(3).toBuilder().putCells("question", "为什么！！！！").build());
    rows.set(4, rows.get(4).toBuilder().putCells("question", "为什么".repeat(11)).build());

    DatasetVersion version = build(cleaned, rows, row -> row.getRowId().length() % PARTITIONS);

    assertThat(version.getAccount().getChangedByStepMap())
        .isEqualTo(Map.of("max_repeated_characters", 1L));
    assertThat(rejections(version))
        .filteredOn(rejection -> rejection.getReason().equals("TOO_LONG"))
        .singleElement()
        .satisfies(rejection -> assertThat(rejection.getColumn()).isEqualTo("question"))
        .satisfies(rejection -> assertThat(rejection.getSource().getLine()).isPositive());
    assertThat(version.getAccount().getReceived())
        .isEqualTo(version.getAccount().getKept() + version.getAccount().getRejected());
  }

  @Test
  void aRowThatIsMissingFromTheLogIsNoticed() {
    List<RowReceived> rows = rows();
    rows.remove(3);

    assertThatThrownBy(() -> build(dataset, rows, row -> 0))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("ROWS_DO_NOT_ADD_UP"));
  }

  @Test
  void whatDoesNotBelongIsPassedOver() {
    List<RowReceived> rows = rows();
    rows.add(RowReceived.newBuilder().setDatasetId("other").setRowId("x").build());
    rows.add(
        eventRow("u", "late?")
            .setSource(RowSource.newBuilder().setUploadId("of a later version"))
            .build());
    rows.add(RowReceived.newBuilder().setDatasetId("d").setRowId("no cells").build());

    assertThat(build(dataset, rows, row -> 0)).isEqualTo(build(dataset, rows(), row -> 0));
  }

  @Test
  void aRowBehindTheCutBelongsToTheNextVersion() {
    Dataset cutAtOnce = dataset.toBuilder().clearUploads().setUntil(positions(2)).build();
    List<RowReceived> rows =
        IntStream.range(0, 5).mapToObj(i -> eventRow("e" + i, "event " + i).build()).toList();

    assertThat(build(cutAtOnce, rows, row -> 0).getAccount().getReceived()).isEqualTo(2);
  }

  @Test
  void tooManyExamplesAreRefused() {
    assertThatThrownBy(() -> build(dataset, rows(), row -> 0, 38))
        .isInstanceOfSatisfying(
            Problem.class, problem -> assertThat(problem.reason()).isEqualTo("DATASET_TOO_LARGE"));
  }

  @Test
  void nearDuplicatesConflictsAndLeaksAreDroppedInTurn() {
    Dataset strict =
        withCleaning(
            Cleaning.newBuilder()
                .setNearDuplicates(NearDuplicates.getDefaultInstance())
                .setConflicts(ConflictAction.CONFLICT_ACTION_KEEP_FIRST)
                .setLeakage(
                    LeakageCleaning.newBuilder().setAction(LeakageAction.LEAKAGE_ACTION_DROP)));
    String text = "one two three four five six seven eight nine ten eleven twelve thirteen";
    String long1 = text + " " + text.replace(' ', 'x') + " and so on until it is long enough to be";
    List<RowReceived> rows = new ArrayList<>();
    rows.add(eventRow("a1", "first", "the " + long1 + " same").build());
    rows.add(eventRow("a2", "FIRST", "The " + long1 + ", same!").build());
    rows.add(eventRow("b1", "asked twice", "yes").build());
    rows.add(eventRow("b2", "asked  twice", "no").build());
    int held = heldOut();
    String leaked = "this is what only the test split may know and nobody else at all ever";
    rows.add(eventRow("c1", "question " + held, leaked).build());
    rows.add(eventRow("c2", trained("alpha"), "because " + leaked).build());
    rows.add(eventRow("c3", trained("question, " + held), "short").build());

    DatasetVersion version =
        build(
            strict.toBuilder().clearUploads().build(),
            rows,
            row -> row.getRowId().charAt(0) % PARTITIONS);

    assertThat(version.getAccount().getRejectedByReasonMap())
        .containsEntry("NEAR_DUPLICATE", 1L)
        .containsEntry("CONFLICTING_ANSWER", 1L);
    assertThat(version.getAccount().getRejectedByReasonMap().get("LEAKED")).isBetween(1L, 2L);
    assertThat(version.getRepeats().getNearDuplicateGroups()).isEqualTo(1);
    assertThat(version.getRepeats().getConflictingQuestions()).isEqualTo(1);
    assertThat(version.getRepeats().getConflictingExamples()).isEqualTo(2);
    assertThat(version.getRepeats().getLeakedNgrams()).isEqualTo(1);
    assertThat(version.getAccount().getKept() + version.getAccount().getRejected()).isEqualTo(7);
  }

  @Test
  void whatIsOnlyCountedIsKept() {
    Dataset lenient =
        withCleaning(
            Cleaning.newBuilder()
                .setConflicts(ConflictAction.CONFLICT_ACTION_KEEP)
                .setLeakage(
                    LeakageCleaning.newBuilder().setAction(LeakageAction.LEAKAGE_ACTION_REPORT)));
    List<RowReceived> rows = rows();
    rows.add(eventRow("z", "question 4", "another answer").build());

    DatasetVersion version = build(lenient, rows, row -> 3);

    assertThat(version.getRepeats().getConflictingQuestions()).isEqualTo(1);
    assertThat(version.getAccount().getKept()).isEqualTo(39);
    assertThat(build(dataset, rows, row -> 3).getDigest())
        .as("looking changes nothing")
        .isEqualTo(version.getDigest());
  }

  @Test
  void noTwoPartsAreTheSameBytesSoThatEachCanBeRemoved() {
    Dataset next = dataset.toBuilder().setCutVersion(2).build();

    assertThat(PartFiles.header(dataset, 0))
        .isNotEqualTo(PartFiles.header(dataset, 1))
        .isNotEqualTo(PartFiles.header(next, 0));
  }

  private Dataset withCleaning(Cleaning.Builder cleaning) {
    return dataset.toBuilder().setCleaning(cleaning).build();
  }

  private static int heldOut() {
    return IntStream.range(0, 1_000)
        .filter(i -> split("question " + i) == Split.SPLIT_TEST)
        .findFirst()
        .orElseThrow();
  }

  /** The text with so many marks behind it that it is trained. */
  private static String trained(String text) {
    String asked = text;
    while (split(asked) != Split.SPLIT_TRAIN) {
      asked += "!";
    }
    return asked;
  }

  private static Split split(String question) {
    return SPLITTING.of(Example.of(question, "a", new Example.Source("", 0)));
  }

  private List<RowRejection> rejections(DatasetVersion version) {
    List<RowRejection> found = new ArrayList<>();
    Rejections.read(artifacts, version.getRejections(), found::add);
    return found;
  }

  private static List<RowReceived> rows() {
    List<RowReceived> rows = new ArrayList<>();
    for (int i = 0; i < FILE_ROWS; i++) {
      int asked = i == 39 ? 1 : i; // the last row repeats the second
      rows.add(
          RowReceived.newBuilder()
              .setDatasetId("d")
              .setRowId("up:" + i)
              .putCells("question", "question " + asked)
              .putCells("reply", i % 10 == 0 ? " " : "answer " + asked)
              .setSource(RowSource.newBuilder().setUploadId("up").setFile("a.csv").setLine(i + 2))
              .build());
    }
    for (int i = 0; i < 3; i++) {
      rows.add(eventRow("e" + i, "event " + i).build());
    }
    return rows;
  }

  private static RowReceived.Builder eventRow(String id, String question) {
    return eventRow(id, question, "a");
  }

  private static RowReceived.Builder eventRow(String id, String question, String reply) {
    return RowReceived.newBuilder()
        .setDatasetId("d")
        .setRowId(id)
        .putCells("question", question)
        .putCells("reply", reply);
  }

  private static RowPositions end() {
    return positions(1_000);
  }

  private static RowPositions positions(long offset) {
    RowPositions.Builder end = RowPositions.newBuilder();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      end.putOffsets(partition, offset);
    }
    return end.build();
  }

  private DatasetVersion build(
      Dataset dataset, List<RowReceived> rows, ToIntFunction<RowReceived> partition) {
    return build(dataset, rows, partition, 1_000);
  }

  private DatasetVersion build(
      Dataset dataset,
      List<RowReceived> rows,
      ToIntFunction<RowReceived> partition,
      int maxExamples) {
    Preparation preparation =
        new Preparation(
            new RowRules(100, 10_000), SPLITTING, maxExamples, 1 << 16, folder.resolve("work"));
    List<List<Event<RowReceived>>> log = new ArrayList<>();
    for (int i = 0; i < PARTITIONS; i++) {
      log.add(new ArrayList<>());
    }
    for (RowReceived row : rows) {
      int chosen = partition.applyAsInt(row);
      List<Event<RowReceived>> events = log.get(chosen);
      events.add(
          new Event<>(
              row.getRowId(),
              "tuneline.v1.RowReceived",
              "test",
              Instant.EPOCH,
              "",
              "",
              row,
              new Event.Position(chosen, events.size())));
    }
    Dataset.Builder ready = dataset.toBuilder();
    for (Stretch stretch : Stretch.of(dataset)) {
      try (PartBuild part = new PartBuild(dataset, stretch, preparation)) {
        log.get(stretch.partition()).forEach(part::read);
        ready.addParts(part.finish(artifacts));
      }
    }
    try (VersionMerge merge =
        new VersionMerge(ready.build(), preparation, artifacts, new Cancellation())) {
      return merge.merge(Instant.EPOCH);
    }
  }
}
