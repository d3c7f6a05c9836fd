package dev.tuneline.ingest.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.layout.Layout;
import dev.tuneline.platform.examples.layout.Layouts;
import dev.tuneline.platform.examples.layout.Reading;
import dev.tuneline.platform.tables.Flaw;
import dev.tuneline.platform.tables.PeekedTable;
import dev.tuneline.platform.tables.TableFile;
import dev.tuneline.platform.tables.TableKind;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableRecord;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.RowRejection;
import dev.tuneline.proto.v1.RowSource;
import dev.tuneline.proto.v1.UploadResult;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file of rows through, from its first record to its last: rows go to a receiver,
 * rejections into an artifact. Reading the same file again gives the same rows and the same result.
 */
public final class UploadReading {
  private static final int FIRST_REJECTIONS = 100;
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer().omittingInsignificantWhitespace();

  /** Takes a file's rows, in order. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * Takes one row.
     *
     * @param index how many rows the file had before this one
     */
    void receive(long index, TableRecord.Row row);
  }

  private final ArtifactStore artifacts;
  private final TableLimits limits;

  public UploadReading(ArtifactStore artifacts, TableLimits limits) {
    this.artifacts = artifacts;
    this.limits = limits;
  }

  /**
   * What a file is.
   *
   * @throws Problem of the caller when it is no table
   */
  public TableFile detect(Path file, String name) {
    return TableFile.detect(name, file, limits);
  }

  /** What a stored file is, by what was noted when it was stored. */
  public TableFile stored(ArtifactRef file, String name) {
    Path path = artifacts.localFile(file);
    return TableFile.known(file.getMediaType(), name, path, limits)
        .orElseGet(() -> detect(path, name));
  }

  /**
   * Reads the file.
   *
   * @param source upload and file name, for rejections
   * @throws Problem of the caller when the file is no table, has the wrong columns or no readable
   *     row
   */
  public UploadResult read(TableFile table, RowSource source, Layouts layouts, Receiver receiver) {
    UploadResult.Builder result =
        UploadResult.newBuilder()
            .setCharset(table.charset().name())
            .setKind(table.kind().name().toLowerCase(Locale.ROOT));
    if (table.kind() == TableKind.DELIMITED) {
      result.setDelimiter(String.valueOf(table.delimiter()));
    }
    Path rejections = null;
    try {
      rejections = Files.createTempFile("tuneline-rejections-", ".jsonl");
      try (PeekedTable rows = new PeekedTable(table.read());
          OutputStream out = new BufferedOutputStream(Files.newOutputStream(rejections))) {
        Layout layout =
            layouts.forFile(
                rows.columns(), rows.firstColumns(), source.getFile(), rows.headerLine());
        result.setLayout(layout.name());
        for (TableRecord next = rows.next(); next != null; next = rows.next()) {
          TableRecord read = next instanceof TableRecord.Row row ? typed(row, layout) : next;
          switch (read) {
            case TableRecord.Row row -> {
              receiver.receive(result.getRowsPublished(), row);
              result.setRowsPublished(result.getRowsPublished() + 1);
            }
            case TableRecord.Rejected rejected -> note(rejection(rejected, source), result, out);
          }
        }
      }
      if (result.getRowsPublished() == 0) {
        throw nothingReadable(source.getFile(), result);
      }
      if (result.getRowsRejected() > 0) {
        result.setRejections(artifacts.put(rejections, "application/jsonl"));
      }
      return result.build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(rejections);
    }
  }

  /** The row, or its rejection when its types, which are lost in the log, are to blame. */
  private static TableRecord typed(TableRecord.Row row, Layout layout) {
    Map<String, Boolean> untyped = row.untyped();
    return !untyped.isEmpty()
            && layout.read(row.cells(), untyped) instanceof Reading.Refused refused
            && refused.reason().equals(Layout.NOT_A_TEXT)
        ? new TableRecord.Rejected(row.line(), refused.column(), Flaw.NOT_A_TEXT, refused.message())
        : row;
  }

  private static void note(RowRejection rejection, UploadResult.Builder result, OutputStream out)
      throws IOException {
    result.setRowsRejected(result.getRowsRejected() + 1);
    if (result.getFirstRejectionsCount() < FIRST_REJECTIONS) {
      result.addFirstRejections(rejection);
    }
    out.write(json(rejection).getBytes(UTF_8));
    out.write('\n');
  }

  private static RowRejection rejection(TableRecord.Rejected rejected, RowSource source) {
    return RowRejection.newBuilder()
        .setSource(source.toBuilder().setLine(rejected.line()))
        .setColumn(rejected.column())
        .setReason(rejected.flaw().name())
        .setMessage(rejected.message())
        .build();
  }

  private static Problem nothingReadable(String file, UploadResult.Builder result) {
    if (result.getFirstRejectionsCount() == 0) {
      return Problem.caller("NO_ROWS", "the file has a header but no rows")
          .at(Problem.FILE, file)
          .at(Problem.LINE, 1)
          .mend("send a file with at least one row");
    }
    RowRejection first = result.getFirstRejections(0);
    return Problem.caller(
            "NO_READABLE_ROWS",
            "none of the file's %d rows can be read; the first: %s"
                .formatted(result.getRowsRejected(), first.getMessage()))
        .at(Problem.FILE, file)
        .at(Problem.LINE, first.getSource().getLine())
        .at(Problem.COLUMN, first.getColumn())
        .at("row_reason", first.getReason())
        .mend("mend the rows; all of them are refused");
  }

  private static String json(RowRejection rejection) {
    try {
      return JSON.print(rejection);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a rejection has no Any in it", e);
    }
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
