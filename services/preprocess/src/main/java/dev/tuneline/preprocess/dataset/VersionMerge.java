package dev.tuneline.preprocess.dataset;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.cleaning.Step;
import dev.tuneline.platform.examples.spill.RecordSort;
import dev.tuneline.platform.examples.spill.Records;
import dev.tuneline.preprocess.dataset.PartRow.Kind;
import dev.tuneline.preprocess.dataset.PartRow.Order;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.Upload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Makes one version of all its parts. What comes out depends on what the rows say alone, not on how
 * they were shared out or how often they were delivered.
 *
 * <p>Everything that grows with the dataset is sorted in files; see {@link Comparison} for the few
 * bytes that an example costs when examples are held against each other.
 */
final class VersionMerge implements AutoCloseable {
  private static final int ROWS_BETWEEN_LOOKS = 1 << 10;

  private final Dataset dataset;
  private final Preparation preparation;
  private final ArtifactStore artifacts;
  private final Cancellation cancellation;
  private final List<Upload> uploads;
  private final Signatures signatures;
  private final boolean dropsEqual;
  private final Map<Integer, PartFiles> parts = new HashMap<>();
  private final long[] uploadRows;
  private final Account account = new Account();
  private final RecordSort rejected;
  private final List<String> reasons = new ArrayList<>(List.of(""));
  private final Rejections rejections = new Rejections();
  private long steps;

  VersionMerge(
      Dataset dataset,
      Preparation preparation,
      ArtifactStore artifacts,
      Cancellation cancellation) {
    this.dataset = dataset;
    this.preparation = preparation;
    this.artifacts = artifacts;
    this.cancellation = cancellation;
    this.uploads = Stretch.uploads(dataset);
    this.uploadRows = new long[uploads.size() + 1];
    this.signatures = Signatures.of(dataset.getCleaning());
    this.dropsEqual =
        !dataset.getCleaning().hasExactDuplicates() || dataset.getCleaning().getExactDuplicates();
    this.rejected = sort(1);
  }

  /**
   * The version.
   *
   * @throws Problem ROWS_DO_NOT_ADD_UP, DATASET_TOO_LARGE or NO_EXAMPLES
   */
  DatasetVersion merge(Instant now) {
    DatasetVersion.Builder version =
        DatasetVersion.newBuilder()
            .setVersion(dataset.getCutVersion())
            .setPreparedAt(Timestamps.fromMillis(now.toEpochMilli()));
    try (RecordSort byExample = sort(0);
        SplitFiles splits = new SplitFiles(preparation.workFolder())) {
      countRows(byExample);
      checkUploads();
      if (Comparison.isWanted(dataset.getCleaning())) {
        compare(byExample, splits, version);
      } else {
        eachDifferent(byExample, row -> keep(row, splits));
      }
      account.kept(splits.examples());
      writeRejections();
      version
          .setAccount(closedAccount())
          .setDigest(splits.digest())
          .addAllSplits(splits.store(artifacts));
    }
    rejections.store(artifacts).ifPresent(version::setRejections);
    return version.build();
  }

  /** Counts every row once, whichever parts it was delivered to, and sorts out the examples. */
  private void countRows(RecordSort byExample) {
    List<Records> sources = new ArrayList<>();
    for (DatasetPart part : dataset.getPartsList()) {
      PartFiles files = new PartFiles(artifacts, dataset, part);
      parts.put(part.getPartition(), files);
      sources.add(files.rows(signatures.bands()));
    }
    Records all = Records.merged(sources);
    PartRow before = null;
    for (byte[] bytes = all.next(); bytes != null; bytes = all.next()) {
      PartRow row = PartRow.decode(bytes, Order.ROW);
      if (before != null && row.isSameRow(before)) {
        continue;
      }
      before = row;
      look();
      account.received(1);
      uploadRows[row.upload]++;
      if (row.kind == Kind.REJECTED) {
        reject(row, "");
      } else {
        byExample.add(row.encode(Order.EXAMPLE));
      }
    }
    if (byExample.size() > preparation.maxExamples()) {
      throw Problem.caller(
              "DATASET_TOO_LARGE",
              "the dataset has more than " + preparation.maxExamples() + " examples")
          .mend("split it, or raise tuneline.preprocess.max-examples");
    }
  }

  private void checkUploads() {
    for (int i = 0; i < uploads.size(); i++) {
      Upload upload = uploads.get(i);
      long published = upload.getResult().getRowsPublished();
      if (uploadRows[i] != published) {
        throw Account.doesNotAddUp(
                "file %s has %d rows, of which %d were found in the log"
                    .formatted(upload.getFileName(), published, uploadRows[i]))
            .at(Problem.FILE, upload.getFileName());
      }
    }
  }

  /** Hands over the examples in the order of their ids, of equal ones the first. */
  private void eachDifferent(RecordSort byExample, Consumer<PartRow> reader) {
    Records sorted = byExample.sorted();
    PartRow before = null;
    for (byte[] bytes = sorted.next(); bytes != null; bytes = sorted.next()) {
      look();
      PartRow row = PartRow.decode(bytes, Order.EXAMPLE);
      if (dropsEqual && before != null && row.isEqualExample(before)) {
        reject(row, "DUPLICATE");
      } else {
        before = row;
        reader.accept(row);
      }
    }
  }

  private void compare(RecordSort byExample, SplitFiles splits, DatasetVersion.Builder version) {
    try (RecordSort byStanding = sort(0);
        Comparison comparison =
            new Comparison(dataset.getCleaning(), preparation, signatures, this::example);
        RecordSort left = sort(0)) {
      eachDifferent(byExample, row -> byStanding.add(row.encode(Order.STANDING)));
      Records sorted = byStanding.sorted();
      for (byte[] bytes = sorted.next(); bytes != null; bytes = sorted.next()) {
        comparison.add(PartRow.decode(bytes, Order.STANDING));
      }
      version.setRepeats(comparison.compare());
      comparison.forEach(
          (row, reason) -> {
            if (reason.isEmpty()) {
              left.add(row.encode(Order.EXAMPLE));
            } else {
              reject(row, reason);
            }
          });
      Records kept = left.sorted();
      for (byte[] bytes = kept.next(); bytes != null; bytes = kept.next()) {
        keep(PartRow.decode(bytes, Order.EXAMPLE), splits);
      }
    }
  }

  private void keep(PartRow row, SplitFiles splits) {
    look();
    account.changed(Step.of(row.changed));
    splits.add(example(row), Objects.requireNonNull(Split.forNumber(row.split)));
  }

  private Example example(PartRow row) {
    look();
    return part(row).example(row);
  }

  private PartFiles part(PartRow row) {
    return Objects.requireNonNull(parts.get(row.partition));
  }

  /**
   * Notes that a row is no example.
   *
   * @param reason empty when the row says so itself
   */
  private void reject(PartRow row, String reason) {
    int number = reasons.indexOf(reason);
    if (number < 0) {
      number = reasons.size();
      reasons.add(reason);
    }
    byte[] bytes = row.encode(Order.STANDING);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    longer[bytes.length] = (byte) number;
    rejected.add(longer);
  }

  /** Lists what the rows' files had rejected already, then the rows by their standing. */
  private void writeRejections() {
    for (Upload upload : uploads) {
      account.received(upload.getResult().getRowsRejected());
      if (upload.getResult().hasRejections()) {
        Rejections.read(artifacts, upload.getResult().getRejections(), this::write);
      }
    }
    Records sorted = rejected.sorted();
    for (byte[] bytes = sorted.next(); bytes != null; bytes = sorted.next()) {
      look();
      String reason = reasons.get(bytes[bytes.length - 1]);
      PartRow row = PartRow.decode(Arrays.copyOf(bytes, bytes.length - 1), Order.STANDING);
      write(reason.isEmpty() ? part(row).rejection(row) : repeated(row, reason));
    }
  }

  private RowRejection repeated(PartRow row, String reason) {
    Example.Source source = example(row).source();
    RowRejection.Builder rejection = RowRejection.newBuilder().setReason(reason);
    rejection.getSourceBuilder().setFile(source.file()).setLine(source.line());
    if (row.upload < uploads.size()) {
      rejection.getSourceBuilder().setUploadId(uploads.get(row.upload).getUploadId());
    }
    return rejection.setMessage(message(reason)).build();
  }

  private static String message(String reason) {
    return switch (reason) {
      case "DUPLICATE" -> "an equal example is in the dataset already";
      case "NEAR_DUPLICATE" -> "a nearly equal example is in the dataset already";
      case "CONFLICTING_ANSWER" -> "other examples ask the same and answer otherwise";
      case "LEAKED" -> "an example of the validation or test split shares text with it";
      default -> throw new IllegalArgumentException(reason);
    };
  }

  private void write(RowRejection rejection) {
    account.rejected(rejection.getReason());
    rejections.add(rejection);
  }

  private RowAccount closedAccount() {
    RowAccount closed = account.close();
    if (closed.getKept() == 0) {
      throw Problem.caller(
              "NO_EXAMPLES",
              "none of the %d rows became an example: %s"
                  .formatted(closed.getReceived(), closed.getRejectedByReasonMap()))
          .mend("mend the rows by the reasons, or say in the mapping what the columns are called");
    }
    return closed;
  }

  private RecordSort sort(int moreBytes) {
    return new RecordSort(
        PartRow.bytes(signatures.bands()) + moreBytes,
        preparation.sortBytes(),
        preparation.workFolder());
  }

  private void look() {
    if (++steps % ROWS_BETWEEN_LOOKS == 0 && cancellation.isCancelled()) {
      throw Problem.ours("CANCELLED", "preparing was cancelled", null);
    }
  }

  @Override
  public void close() {
    rejected.close();
    rejections.close();
    parts.values().forEach(PartFiles::close);
  }
}
