package dev.tuneline.platform.tables.columnar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.DictionaryBatch;
import org.apache.arrow.flatbuf.Endianness;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Reads Arrow's IPC format, file or stream, one record batch at a time, by
 * https://arrow.apache.org/docs/format/Columnar.html. Batches are mapped into memory; only packed
 * buffers are copied.
 */
public final class ArrowReader implements TableReader {
  private static final String FORMAT = "Arrow";
  private static final byte[] FILE_MAGIC = "ARROW1".getBytes(US_ASCII);
  private static final int CONTINUATION = -1;

  private final UnpackedFile source;
  private final String file;
  private final TableLimits limits;
  private final long size;
  private final Schema schema;
  private final RowBuilder rows;
  private final Map<Long, ArrowColumn> dictionaries = new HashMap<>();
  private final Arena dictionaryArena = Arena.ofShared();

  private long position;
  private @Nullable Arena batchArena;
  private List<ArrowColumn> batch = List.of();
  private long batchRows;
  private long nextOfBatch;
  private long number;

  private ArrowReader(UnpackedFile source, String file, TableLimits limits) throws IOException {
    this.source = source;
    this.file = file;
    this.limits = limits;
    this.size = source.channel().size();
    ByteBuffer start = source.read(0, (int) Math.min(8, size));
    byte[] magic = new byte[FILE_MAGIC.length];
    start.get(magic, 0, Math.min(magic.length, start.remaining()));
    this.position = Arrays.equals(magic, FILE_MAGIC) ? 8 : 0;
    Message first = nextMessage();
    if (first == null || first.headerType() != MessageHeader.Schema) {
      throw new IllegalArgumentException("it does not begin with a schema");
    }
    this.schema = (Schema) DamagedFile.required(first.header(new Schema()));
    if (schema.endianness() != Endianness.Little) {
      throw DamagedFile.unsupported(FORMAT, file, "numbers in big-endian order");
    }
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < schema.fieldsLength(); i++) {
      columns.add(String.valueOf(schema.fields(i).name()).strip());
    }
    this.rows = new RowBuilder(columns, file, limits);
  }

  /**
   * Opens a file.
   *
   * @param path where it lies, unpacked
   * @param temporary whether the file goes when the reader is closed
   * @param file its name, for messages
   * @throws Problem DAMAGED_FILE, UNSUPPORTED_FILE, DUPLICATE_COLUMN or TOO_MANY_COLUMNS
   */
  public static ArrowReader open(Path path, boolean temporary, String file, TableLimits limits)
      throws IOException {
    return UnpackedFile.open(path, temporary, source -> open(source, file, limits));
  }

  private static ArrowReader open(UnpackedFile source, String file, TableLimits limits)
      throws IOException {
    try {
      return new ArrowReader(source, file, limits);
    } catch (Problem problem) {
      throw problem;
    } catch (RuntimeException e) {
      throw DamagedFile.problem(FORMAT, file, e); // whatever the decoder stumbled over
    }
  }

  @Override
  public List<String> columns() {
    return rows.columns();
  }

  @Override
  public @Nullable TableRecord next() {
    try {
      while (nextOfBatch == batchRows) {
        if (!nextBatch()) {
          return null;
        }
      }
      List<@Nullable Object> values = new ArrayList<>(batch.size());
      for (ArrowColumn column : batch) {
        values.add(column.value((int) nextOfBatch));
      }
      nextOfBatch++;
      return rows.row(++number, values);
    } catch (Problem problem) {
      throw problem;
    } catch (RuntimeException e) {
      throw DamagedFile.problem(FORMAT, file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    batch = List.of();
    if (batchArena != null) {
      batchArena.close();
      batchArena = null;
    }
    dictionaryArena.close();
    source.close();
  }

  private boolean nextBatch() throws IOException {
    while (true) {
      Message message = nextMessage();
      if (message == null) {
        return false;
      }
      long body = position;
      long length = message.bodyLength();
      if (length < 0 || length > size - body || length > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "a batch of " + length + " bytes is cut off or too long");
      }
      position = body + length;
      switch (message.headerType()) {
        case MessageHeader.RecordBatch -> {
          if (batchArena != null) {
            batchArena.close();
          }
          batchArena = Arena.ofShared();
          read(
              (RecordBatch) DamagedFile.required(message.header(new RecordBatch())),
              body,
              length,
              batchArena);
          return true;
        }
        case MessageHeader.DictionaryBatch ->
            readDictionary(
                (DictionaryBatch) DamagedFile.required(message.header(new DictionaryBatch())),
                body,
                length);
        default -> throw new IllegalArgumentException("a message is of an unknown kind");
      }
    }
  }

  private void read(RecordBatch header, long body, long length, Arena arena) throws IOException {
    ArrowBuffers buffers =
        new ArrowBuffers(header, map(body, length, arena), dictionaries, file, limits);
    List<ArrowColumn> columns = new ArrayList<>();
    for (int i = 0; i < schema.fieldsLength(); i++) {
      columns.add(buffers.column(schema.fields(i), 0));
    }
    for (ArrowColumn column : columns) {
      if (column.length() != header.length()) {
        throw new IllegalArgumentException("a column is not as long as its batch");
      }
    }
    batch = columns;
    batchRows = header.length();
    nextOfBatch = 0;
  }

  private void readDictionary(DictionaryBatch header, long body, long length) throws IOException {
    Field field = field(header.id());
    RecordBatch data = header.data();
    if (field == null || data == null) {
      throw new IllegalArgumentException("a dictionary belongs to no column");
    }
    if (header.isDelta()) {
      throw DamagedFile.unsupported(FORMAT, file, "dictionaries that grow");
    }
    ArrowBuffers buffers =
        new ArrowBuffers(data, map(body, length, dictionaryArena), dictionaries, file, limits);
    dictionaries.put(header.id(), buffers.values(field, 0));
  }

  private @Nullable Field field(long dictionary) {
    List<Field> open = new ArrayList<>();
    for (int i = 0; i < schema.fieldsLength(); i++) {
      open.add(schema.fields(i));
    }
    while (!open.isEmpty()) {
      Field field = open.removeLast();
      if (field.dictionary() != null && field.dictionary().id() == dictionary) {
        return field;
      }
      for (int i = 0; i < field.childrenLength(); i++) {
        open.add(field.children(i));
      }
    }
    return null;
  }

  /** The next message's metadata; {@link #position} is then where its body begins. */
  private @Nullable Message nextMessage() throws IOException {
    if (position > size - 4) {
      return null; // a stream may end without saying so
    }
    int length = source.read(position, 4).getInt();
    position += 4;
    if (length == CONTINUATION) {
      length = source.read(position, 4).getInt();
      position += 4;
    }
    if (length == 0) {
      return null;
    }
    if (length < 0 || length > size - position || length > limits.maxBlockBytes()) {
      throw new IllegalArgumentException("a message is cut off");
    }
    ByteBuffer metadata = source.read(position, length);
    position += length;
    return Message.getRootAsMessage(metadata);
  }

  private ByteBuffer map(long from, long length, Arena arena) throws IOException {
    return length == 0
        ? ByteBuffer.allocate(0)
        : source
            .channel()
            .map(FileChannel.MapMode.READ_ONLY, from, length, arena)
            .asByteBuffer()
            .order(ByteOrder.LITTLE_ENDIAN);
  }
}
