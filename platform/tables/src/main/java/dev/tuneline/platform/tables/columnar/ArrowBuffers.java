package dev.tuneline.platform.tables.columnar;

import dev.tuneline.platform.tables.TableLimits;
import io.airlift.compress.zstd.ZstdDecompressor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flatbuf.BodyCompression;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.CompressionType;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Int;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.flatbuf.Type;
import org.jspecify.annotations.Nullable;

/** A record batch's nodes and buffers, which its columns take in the schema's order. */
final class ArrowBuffers {
  private final RecordBatch header;
  private final ByteBuffer body;
  private final Map<Long, ArrowColumn> dictionaries;
  private final String file;
  private final TableLimits limits;
  private int node;
  private int buffer;
  private int variadic;

  ArrowBuffers(
      RecordBatch header,
      ByteBuffer body,
      Map<Long, ArrowColumn> dictionaries,
      String file,
      TableLimits limits) {
    this.header = header;
    this.body = body;
    this.dictionaries = dictionaries;
    this.file = file;
    this.limits = limits;
  }

  /** The next column, whose values may be places in a dictionary. */
  ArrowColumn column(Field field, int depth) {
    if (field.dictionary() == null) {
      return values(field, depth);
    }
    ArrowColumn values = dictionaries.get(field.dictionary().id());
    if (values == null) {
      throw new IllegalArgumentException("the dictionary of '" + field.name() + "' is missing");
    }
    FieldNode shape = nextNode();
    ByteBuffer valid = validity(shape);
    Int index = field.dictionary().indexType();
    int bits = index == null ? 32 : index.bitWidth();
    boolean signed = index == null || index.isSigned();
    return new ArrowColumn.Coded(
        length(shape),
        valid,
        new ArrowColumn.Whole(length(shape), null, nextBuffer(), bits, signed),
        values);
  }

  /** The next column, whose values are its own. */
  ArrowColumn values(Field field, int depth) {
    if (depth > limits.maxDepth()) {
      throw DamagedFile.unsupported(
          "Arrow", file, "columns nested deeper than " + limits.maxDepth());
    }
    FieldNode shape = nextNode();
    int length = length(shape);
    if (field.typeType() == Type.Null) {
      return new ArrowColumn.Nothing(length);
    }
    ByteBuffer valid = validity(shape);
    return ArrowTypes.column(field, length, valid, this, depth, file);
  }

  List<ArrowColumn> children(Field field, int depth) {
    List<ArrowColumn> children = new ArrayList<>();
    for (int i = 0; i < field.childrenLength(); i++) {
      children.add(column(field.children(i), depth + 1));
    }
    return children;
  }

  long nextVariadicCount() {
    return header.variadicBufferCounts(variadic++);
  }

  /** The next buffer, unpacked. */
  ByteBuffer nextBuffer() {
    Buffer place = header.buffers(buffer++);
    if (place == null || place.offset() < 0 || place.length() < 0) {
      throw new IllegalArgumentException("a buffer is missing");
    }
    ByteBuffer raw = slice(body, Math.toIntExact(place.offset()), Math.toIntExact(place.length()));
    BodyCompression packing = header.compression();
    if (packing == null || raw.remaining() == 0) {
      return raw;
    }
    long size = raw.getLong(0);
    ByteBuffer packed = slice(raw, 8, raw.remaining() - 8);
    if (size == -1) {
      return packed;
    }
    if (size < 0 || size > limits.maxBlockBytes()) {
      throw DamagedFile.blockTooLarge("Arrow", file, size, limits.maxBlockBytes());
    }
    byte[] bytes = new byte[packed.remaining()];
    packed.get(bytes);
    byte[] unpacked = new byte[(int) size];
    if (packing.codec() == CompressionType.ZSTD) {
      new ZstdDecompressor().decompress(bytes, 0, bytes.length, unpacked, 0, unpacked.length);
    } else {
      Lz4.unpackFrame(bytes, unpacked);
    }
    return ByteBuffer.wrap(unpacked).order(ByteOrder.LITTLE_ENDIAN);
  }

  private FieldNode nextNode() {
    FieldNode shape = header.nodes(node++);
    if (shape == null) {
      throw new IllegalArgumentException("a column is missing");
    }
    return shape;
  }

  private @Nullable ByteBuffer validity(FieldNode shape) {
    ByteBuffer bits = nextBuffer();
    return shape.nullCount() == 0 || bits.remaining() == 0 ? null : bits;
  }

  private static int length(FieldNode shape) {
    return Math.toIntExact(shape.length());
  }

  private static ByteBuffer slice(ByteBuffer bytes, int from, int length) {
    return bytes.slice(from, length).order(ByteOrder.LITTLE_ENDIAN);
  }
}
