package dev.tuneline.platform.tables.columnar;

import static dev.tuneline.platform.tables.columnar.DamagedFile.required;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.TableReader;
import dev.tuneline.platform.tables.TableRecord;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.jspecify.annotations.Nullable;

/**
 * Reads Parquet by parquet-java's metadata and record assembly, without its Hadoop part. A page of
 * each column is in memory at a time, whatever the row groups' size.
 */
public final class ParquetReader implements TableReader {
  private static final String FORMAT = "Parquet";
  private static final int TAIL_BYTES = 8;

  private final UnpackedFile source;
  private final String file;
  private final TableLimits limits;
  private final FileMetaData metadata;
  private final MessageType schema;
  private final RowBuilder rows;
  private int group;
  private long leftInGroup;
  private @Nullable RecordReader<Group> records;
  private long number;

  private ParquetReader(UnpackedFile source, String file, TableLimits limits) throws IOException {
    this.source = source;
    this.file = file;
    this.limits = limits;
    this.metadata = footer();
    this.schema = ParquetSchema.of(required(metadata.getSchema()), limits.maxDepth());
    List<String> columns =
        schema.getFields().stream().map(Type::getName).map(String::strip).toList();
    this.rows = new RowBuilder(columns, file, limits);
  }

  /**
   * Opens a file.
   *
   * @param path where it lies, unpacked
   * @param temporary whether the file goes when the reader is closed
   * @param file its name, for messages
   * @throws Problem DAMAGED_FILE, DUPLICATE_COLUMN or TOO_MANY_COLUMNS
   */
  public static ParquetReader open(Path path, boolean temporary, String file, TableLimits limits)
      throws IOException {
    return UnpackedFile.open(path, temporary, source -> open(source, file, limits));
  }

  private static ParquetReader open(UnpackedFile source, String file, TableLimits limits)
      throws IOException {
    try {
      return new ParquetReader(source, file, limits);
    } catch (Problem problem) {
      throw problem;
    } catch (IOException | RuntimeException e) {
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
      while (leftInGroup == 0) {
        if (group == metadata.getRow_groupsSize()) {
          return null;
        }
        begin(required(metadata.getRow_groups()).get(group++));
      }
      leftInGroup--;
      Group row = Objects.requireNonNull(records).read();
      return rows.row(++number, ParquetValues.of(row));
    } catch (Problem problem) {
      throw problem;
    } catch (RuntimeException e) {
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw cause instanceof Problem problem ? problem : DamagedFile.problem(FORMAT, file, cause);
    }
  }

  @Override
  public void close() {
    source.close();
  }

  private void begin(RowGroup rowGroup) {
    leftInGroup = rowGroup.getNum_rows();
    Map<List<String>, ColumnMetaData> chunks = new HashMap<>();
    for (ColumnChunk chunk : required(rowGroup.getColumns())) {
      ColumnMetaData column = required(chunk.getMeta_data());
      chunks.put(List.copyOf(required(column.getPath_in_schema())), column);
    }
    records =
        new ColumnIOFactory()
            .getColumnIO(schema)
            .getRecordReader(
                new Pages(chunks, rowGroup.getNum_rows()), new GroupRecordConverter(schema));
  }

  private FileMetaData footer() throws IOException {
    long size = source.channel().size();
    if (size < 4 + TAIL_BYTES) {
      throw new IllegalArgumentException("it is cut off");
    }
    ByteBuffer tail = source.read(size - TAIL_BYTES, TAIL_BYTES);
    int length = tail.getInt();
    if (tail.getInt() != ByteBuffer.wrap(new byte[] {'1', 'R', 'A', 'P'}).getInt()
        || length < 0
        || length > size - 4 - TAIL_BYTES) {
      throw new IllegalArgumentException("it is cut off: there is no footer");
    }
    if (length > limits.maxBlockBytes()) {
      throw DamagedFile.blockTooLarge(FORMAT, file, length, limits.maxBlockBytes());
    }
    return Util.readFileMetaData(
        new ByteArrayInputStream(source.read(size - TAIL_BYTES - length, length).array()));
  }

  /** The columns of a row group. */
  private final class Pages implements PageReadStore {
    private final Map<List<String>, ColumnMetaData> chunks;
    private final long rowCount;

    Pages(Map<List<String>, ColumnMetaData> chunks, long rowCount) {
      this.chunks = chunks;
      this.rowCount = rowCount;
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor column) {
      ColumnMetaData chunk = chunks.get(List.of(column.getPath()));
      if (chunk == null) {
        throw new IllegalArgumentException("a row group lacks a column");
      }
      return new ParquetPages(source.channel(), chunk, column, file, limits.maxBlockBytes());
    }

    @Override
    public long getRowCount() {
      return rowCount;
    }
  }
}
