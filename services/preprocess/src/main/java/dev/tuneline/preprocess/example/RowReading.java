package dev.tuneline.preprocess.example;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.cleaning.Cleaned;
import dev.tuneline.platform.examples.cleaning.ExampleCleaning;
import dev.tuneline.platform.examples.cleaning.Step;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.proto.v1.RowReceived;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.Upload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Makes an example of a row by its layout, or says why there is none. */
public final class RowReading {
  private final Layouts layouts;
  private final ExampleCleaning cleaning;
  private final Map<String, String> decided = new HashMap<>();

  /**
   * @param uploads the files whose rows are read, each by the one layout that was decided for it
   * @param cleaning what is done to the examples
   */
  public RowReading(Layouts layouts, List<Upload> uploads, ExampleCleaning cleaning) {
    this.layouts = layouts;
    this.cleaning = cleaning;
    uploads.forEach(upload -> decided.put(upload.getUploadId(), upload.getResult().getLayout()));
  }

  /** What became of a row. */
  public sealed interface Outcome {
    /**
     * It is an example.
     *
     * @param changed the steps of cleaning that changed it
     */
    record Kept(Example example, Set<Step> changed) implements Outcome {}

    /** It is none. */
    record Rejected(RowRejection rejection) implements Outcome {}
  }

  /** Reads one row; pure. */
  public Outcome read(RowReceived row) {
    String decision = decided.getOrDefault(row.getSource().getUploadId(), "");
    Set<String> columns = row.getCellsMap().keySet();
    Layout layout = layouts.forRow(decision, columns);
    return switch (layout.read(row.getCellsMap())) {
      case Reading.Kept kept ->
          switch (cleaning.clean(kept.messages())) {
            case Cleaned.Kept clean ->
                new Outcome.Kept(
                    Example.of(
                        clean.messages(),
                        new Example.Source(row.getSource().getFile(), row.getSource().getLine())),
                    clean.changed());
            case Cleaned.Refused refused ->
                new Outcome.Rejected(
                    rejection(
                        row,
                        layout.columnOf(refused.turn() == kept.messages().size() - 1, columns),
                        refused.reason(),
                        refused.message()));
          };
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
