package dev.tuneline.preprocess.example;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Upload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes an example of a row by its layout, or says why there is none. */
public final class RowReading {
  private final Layouts layouts;
  private final Map<String, String> decided = new HashMap<>();

  /**
   * @param uploads the files whose rows are read, each by the one layout that was decided for it
   */
  public RowReading(Layouts layouts, List<Upload> uploads) {
    this.layouts = layouts;
    uploads.forEach(upload -> decided.put(upload.getUploadId(), upload.getResult().getLayout()));
  }

  /** What became of a row. */
  public sealed interface Outcome {
    /** It is an example. */
    record Kept(Example example) implements Outcome {}

    /** It is none. */
    record Rejected(RowRejection rejection) implements Outcome {}
  }

  /** Reads one row; pure. */
  public Outcome read(RowReceived row) {
    String layout = decided.getOrDefault(row.getSource().getUploadId(), "");
    Reading reading = layouts.forRow(layout, row.getCellsMap().keySet()).read(row.getCellsMap());
    return switch (reading) {
      case Reading.Kept kept ->
          new Outcome.Kept(
              Example.of(
                  kept.messages(),
                  new Example.Source(row.getSource().getFile(), row.getSource().getLine())));
      case Reading.Refused refused ->
          new Outcome.Rejected(
              rejection(row, refused.column(), refused.reason(), refused.message()));
    };
  }

  /** The rejection of a row. */
  public static RowRejection rejection(
      RowReceived row, String column, String reason, String message) {
    return RowRejection.newBuilder()
        .setSource(row.getSource())
        .setColumn(column)
        .setReason(reason)
        .setMessage(message)
        .build();
  }
}
