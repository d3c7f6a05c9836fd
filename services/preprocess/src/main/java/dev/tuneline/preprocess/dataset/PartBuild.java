package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.cleaning.Step;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.spill.RecordSort;
import dev.tuneline.platform.examples.spill.Records;
import dev.tuneline.platform.examples.spill.SpillFile;
import dev.tuneline.preprocess.dataset.PartRow.Kind;
import dev.tuneline.preprocess.dataset.PartRow.Order;
import dev.tuneline.preprocess.example.RowReading;
import dev.tuneline.preprocess.example.RowReading.Outcome;
import dev.tuneline.preprocess.example.Splitting;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetPart;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Upload;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * One partition's part of a version while its rows are read in the log's order. Whoever builds it,
 * however often, makes the same bytes.
 */
final class PartBuild implements AutoCloseable {
  private final Dataset dataset;
  private final Stretch stretch;
  private final Preparation preparation;
  private final RowReading reading;
  private final Signatures signatures;
  private final Map<String, Integer> uploadOrder = new HashMap<>();
  private final MessageDigest sha256 = PartFiles.sha256();
  private final SpillFile texts;
  private final RecordSort rows;

  PartBuild(Dataset dataset, Stretch stretch, Preparation preparation) {
    this.dataset = dataset;
    this.stretch = stretch;
    this.preparation = preparation;
    this.signatures = Signatures.of(dataset.getCleaning());
    List<Upload> uploads = Stretch.uploads(dataset);
    uploads.forEach(upload -> uploadOrder.put(upload.getUploadId(), uploadOrder.size()));
    this.reading =
        new RowReading(
            Layouts.of(dataset.getMapping()), uploads, ExampleCleaning.of(dataset.getCleaning()));
    this.texts = new SpillFile(preparation.workFolder());
    byte[] header = PartFiles.header(dataset, stretch.partition());
    texts.append(header, 0, header.length);
    this.rows =
        new RecordSort(
            PartRow.bytes(signatures.bands()), preparation.sortBytes(), preparation.workFolder());
  }

  /** Takes a row of the log if it belongs to the version. */
  void read(Event<RowReceived> event) {
    RowReceived row = event.body();
    if (!row.getDatasetId().equals(dataset.getDatasetId()) || !preparation.rules().allows(row)) {
      return;
    }
    String uploadId = row.getSource().getUploadId();
    boolean belongs =
        uploadId.isEmpty() ? beforeCut(event.position()) : uploadOrder.containsKey(uploadId);
    if (!belongs) {
      return;
    }
    PartRow taken =
        switch (reading.read(row)) {
          case Outcome.Kept kept -> kept(event, kept.example(), Step.bits(kept.changed()));
          case Outcome.Rejected rejected -> rejected(event, rejected.rejection());
        };
    rows.add(taken.encode(Order.ROW));
  }

  private PartRow kept(Event<RowReceived> event, Example example, int changed) {
    byte[] text = ExampleBytes.encode(example);
    long question = Splitting.question(example);
    boolean isText = example.prompt().isEmpty();
    return row(
        event,
        HexFormat.of().parseHex(example.id()),
        isText ? Kind.TEXT : Kind.CONVERSATION,
        preparation.splitting().of(question).getNumber(),
        changed,
        text,
        question,
        Splitting.digest(example.answer()),
        signatures.of(example));
  }

  private PartRow rejected(Event<RowReceived> event, RowRejection rejection) {
    byte[] text = rejection.toByteArray();
    return row(event, new byte[32], Kind.REJECTED, 0, 0, text, 0, 0, new long[signatures.bands()]);
  }

  private PartRow row(
      Event<RowReceived> event,
      byte[] id,
      Kind kind,
      int split,
      int changed,
      byte[] text,
      long question,
      long answer,
      long[] bands) {
    RowReceived row = event.body();
    int upload = uploadOrder.getOrDefault(row.getSource().getUploadId(), uploadOrder.size());
    return new PartRow(
        Arrays.copyOf(sha256.digest(row.getRowId().getBytes(UTF_8)), 16),
        stretch.partition(),
        event.position().offset(),
        upload,
        row.getSource().getLine(),
        id,
        kind,
        split,
        changed,
        texts.append(text, 0, text.length),
        text.length,
        question,
        answer,
        bands);
  }

  private boolean beforeCut(Event.Position position) {
    return position.offset()
        < dataset.getUntil().getOffsetsMap().getOrDefault(position.partition(), 0L);
  }

  /** Stores the part: each row once, in the order of their keys, and all texts. */
  DatasetPart finish(ArtifactStore artifacts) {
    try (SpillFile counted = new SpillFile(preparation.workFolder())) {
      byte[] header = PartFiles.header(dataset, stretch.partition());
      counted.append(header, 0, header.length);
      Account account = new Account();
      Records sorted = rows.sorted();
      PartRow before = null;
      for (byte[] bytes = sorted.next(); bytes != null; bytes = sorted.next()) {
        PartRow row = PartRow.decode(bytes, Order.ROW);
        if (before != null && row.isSameRow(before)) {
          continue; // a redelivery
        }
        before = row;
        counted.append(bytes, 0, bytes.length);
        account.received(1);
        if (row.kind == Kind.REJECTED) {
          account.rejected(
              PartFiles.rejection(texts.read(row.textOffset, row.textBytes)).getReason());
        } else {
          account.kept(1);
        }
      }
      return DatasetPart.newBuilder()
          .setVersion(dataset.getCutVersion())
          .setPartition(stretch.partition())
          .setRows(artifacts.put(counted.stretch(0, counted.size()), PartFiles.MEDIA_TYPE))
          .setTexts(artifacts.put(texts.stretch(0, texts.size()), PartFiles.MEDIA_TYPE))
          .setAccount(account.close())
          .build();
    }
  }

  @Override
  public void close() {
    rows.close();
    texts.close();
  }
}
