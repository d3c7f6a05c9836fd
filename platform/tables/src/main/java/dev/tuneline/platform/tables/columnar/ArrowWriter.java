package dev.tuneline.platform.tables.columnar;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows as Arrow's IPC stream, by https://arrow.apache.org/docs/format/Columnar.html, in
 * record batches that are handed on once they are full. Equal rows, columns and metadata give equal
 * bytes; how rows come to be added makes no difference. For one thread.
 */
public final class ArrowWriter {
  private static final int CONTINUATION = -1;
  private static final int MAX_BATCH_ROWS = 1_000;
  private static final int MAX_BATCH_BYTES = 1 << 20;

  private final OutputStream out;
  private final ArrowBatch.Structs rows;

  /** The columns' values and buffers, the rows' own apart. */
  private final List<ArrowBatch.Values> columns = new ArrayList<>();

  private final List<ArrowBatch.Bytes> buffers = new ArrayList<>();
  private int count;

  /**
   * Begins a stream.
   *
   * @param metadata notes about the whole, kept with the columns
   */
  public ArrowWriter(OutputStream out, List<ArrowField> fields, Map<String, String> metadata)
      throws IOException {
    this.out = out;
    this.rows = new ArrowBatch.Structs(fields.stream().map(ArrowBatch::of).toList());
    FlatBufferBuilder to = new FlatBufferBuilder();
    message(to, MessageHeader.Schema, ArrowSchema.write(to, fields, new TreeMap<>(metadata)), 0);
  }

  /**
   * Adds a row.
   *
   * @param values one for each column, as {@link ArrowField} says
   */
  public void add(List<? extends @Nullable Object> values) throws IOException {
    rows.add(values);
    count++;
    if (count == MAX_BATCH_ROWS || bytes() >= MAX_BATCH_BYTES) {
      flush();
    }
  }

  /** Writes what waits and the end of the stream, which is not closed. */
  public void finish() throws IOException {
    flush();
    out.write(ints(CONTINUATION, 0));
    out.flush();
  }

  private long bytes() {
    collect();
    return buffers.stream().mapToLong(ArrowBatch.Bytes::paddedSize).sum();
  }

  private void collect() {
    columns.clear();
    buffers.clear();
    rows.collect(columns, buffers);
    columns.removeFirst();
    buffers.removeFirst();
  }

  private void flush() throws IOException {
    if (count == 0) {
      return;
    }
    long size = bytes();
    FlatBufferBuilder to = new FlatBufferBuilder();
    RecordBatch.startNodesVector(to, columns.size());
    for (ArrowBatch.Values column : columns.reversed()) {
      FieldNode.createFieldNode(to, column.count(), column.missing());
    }
    int nodes = to.endVector();
    RecordBatch.startBuffersVector(to, buffers.size());
    long end = size;
    for (ArrowBatch.Bytes buffer : buffers.reversed()) {
      end -= buffer.paddedSize();
      Buffer.createBuffer(to, end, buffer.size());
    }
    int places = to.endVector();
    message(
        to,
        MessageHeader.RecordBatch,
        RecordBatch.createRecordBatch(to, count, nodes, places, 0, 0),
        size);
    for (ArrowBatch.Bytes buffer : buffers) {
      buffer.write(out);
    }
    rows.clear();
    count = 0;
  }

  /** Writes a message's metadata; its body comes next and is a multiple of eight bytes. */
  private void message(FlatBufferBuilder to, byte kind, int header, long bodyBytes)
      throws IOException {
    to.finish(Message.createMessage(to, MetadataVersion.V5, kind, header, bodyBytes, 0));
    byte[] metadata = to.sizedByteArray();
    int padded = metadata.length + 7 & ~7;
    out.write(ints(CONTINUATION, padded));
    out.write(metadata);
    out.write(new byte[padded - metadata.length]);
  }

  private static byte[] ints(int first, int second) {
    return ByteBuffer.allocate(2 * Integer.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(first)
        .putInt(second)
        .array();
  }
}
