package dev.tuneline.platform.tables.columnar;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableLimits;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads Arrow's IPC stream from bytes that come, holding one record batch at a time, as values
 * rather than as the cells of a table. Dictionaries are not read. For one thread.
 */
public final class ArrowStream {
  private static final String FORMAT = "Arrow";
  private static final int CONTINUATION = -1;

  private final InputStream in;
  private final String file;
  private final TableLimits limits;
  private final Schema schema;
  private final List<String> columns = new ArrayList<>();
  private List<ArrowColumn> batch = List.of();
  private int batchRows;
  private int next;

  /**
   * Reads a stream's columns.
   *
   * @param in the bytes, which stay open
   * @param file their name, for messages
   * @throws Problem DAMAGED_FILE
   */
  public ArrowStream(InputStream in, String file, TableLimits limits) {
    this.in = in;
    this.file = file;
    this.limits = limits;
    try {
      Message first = nextMessage();
      if (first == null || first.headerType() != MessageHeader.Schema) {
        throw new IllegalArgumentException("it does not begin with a schema");
      }
      this.schema = (Schema) DamagedFile.required(first.header(new Schema()));
      for (int i = 0; i < schema.fieldsLength(); i++) {
        columns.add(String.valueOf(schema.fields(i).name()));
      }
    } catch (RuntimeException | EOFException e) {
      throw DamagedFile.problem(FORMAT, file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The columns in their order. */
  public List<String> columns() {
    return List.copyOf(columns);
  }

  /**
   * The next row: for each column a text, number, list, map of named values, or null.
   *
   * @return null after the last
   * @throws Problem DAMAGED_FILE or UNSUPPORTED_FILE
   */
  public @Nullable List<@Nullable Object> next() {
    try {
      while (next == batchRows) {
        if (!nextBatch()) {
          return null;
        }
      }
      List<@Nullable Object> row = new ArrayList<>(batch.size());
      for (ArrowColumn column : batch) {
        row.add(column.value(next));
      }
      next++;
      return row;
    } catch (Problem problem) {
      throw problem;
    } catch (RuntimeException | EOFException e) {
      throw DamagedFile.problem(FORMAT, file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean nextBatch() throws IOException {
    Message message = nextMessage();
    if (message == null) {
      return false;
    }
    if (message.headerType() != MessageHeader.RecordBatch) {
      throw new IllegalArgumentException("a message is no record batch");
    }
    RecordBatch header = (RecordBatch) DamagedFile.required(message.header(new RecordBatch()));
    ArrowBuffers buffers =
        new ArrowBuffers(header, read(message.bodyLength()), Map.of(), file, limits);
    batch = new ArrayList<>();
    for (int i = 0; i < schema.fieldsLength(); i++) {
      ArrowColumn column = buffers.column(schema.fields(i), 0);
      if (column.length() != header.length()) {
        throw new IllegalArgumentException("a column is not as long as its batch");
      }
      batch.add(column);
    }
    batchRows = Math.toIntExact(header.length());
    next = 0;
    return true;
  }

  private @Nullable Message nextMessage() throws IOException {
    byte[] start = in.readNBytes(Integer.BYTES);
    if (start.length == 0) {
      return null; // a stream may end without saying so
    }
    if (start.length < Integer.BYTES) {
      throw new EOFException("it is cut off");
    }
    int length = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (length == CONTINUATION) {
      length = read(Integer.BYTES).getInt();
    }
    return length == 0 ? null : Message.getRootAsMessage(read(length));
  }

  private ByteBuffer read(long length) throws IOException {
    if (length < 0 || length > limits.maxBlockBytes()) {
      throw new IllegalArgumentException("a message of " + length + " bytes is too long");
    }
    byte[] bytes = in.readNBytes((int) length);
    if (bytes.length < length) {
      throw new EOFException("it is cut off");
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
