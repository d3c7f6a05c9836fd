package dev.tuneline.engine.tensor;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Writes safetensors files: complete under their name, or not there at all. */
public final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 1 << 26;

  /**
   * What to write for one tensor.
   *
   * @param shape outermost dimension first
   * @param bytes little-endian elements, row-major
   */
  public record Content(String name, DType dtype, List<Long> shape, MemorySegment bytes) {
    public Content {
      shape = List.copyOf(shape);
      long expected = shape.stream().reduce((long) dtype.bytes(), Math::multiplyExact);
      if (bytes.byteSize() != expected) {
        throw new IllegalArgumentException(
            "%s: %d bytes for shape %s of %s".formatted(name, bytes.byteSize(), shape, dtype));
      }
    }

    /** Fp32 content from an array. */
    public static Content of(String name, float[] values, long... shape) {
      ByteBuffer bytes =
          ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      return new Content(
          name, DType.F32, Arrays.stream(shape).boxed().toList(), MemorySegment.ofBuffer(bytes));
    }
  }

  private SafetensorsWriter() {}

  /** Writes {@code tensors} in their order; replaces {@code path} atomically. */
  public static void write(Path path, List<Content> tensors, Map<String, String> metadata) {
    Path parent = path.toAbsolutePath().getParent();
    try {
      Path part = Files.createTempFile(parent, path.getFileName() + ".", ".part");
      try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
        writeAll(channel, header(tensors, metadata));
        for (Content tensor : tensors) {
          long size = tensor.bytes().byteSize();
          for (long at = 0; at < size; at += CHUNK_BYTES) {
            long length = Math.min(CHUNK_BYTES, size - at);
            writeAll(channel, tensor.bytes().asSlice(at, length).asByteBuffer());
          }
        }
      } catch (IOException | RuntimeException e) {
        Files.deleteIfExists(part);
        throw e;
      }
      Files.move(part, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw Problem.ours("UNWRITABLE_FILE", "cannot write: " + e.getMessage(), e)
          .at(Problem.FILE, path);
    }
  }

  private static ByteBuffer header(List<Content> tensors, Map<String, String> metadata) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    if (!metadata.isEmpty()) {
      ObjectNode strings = root.putObject("__metadata__");
      metadata.forEach(strings::put);
    }
    long offset = 0;
    for (Content tensor : new ArrayList<>(tensors)) {
      ObjectNode entry = root.putObject(tensor.name());
      entry.put("dtype", tensor.dtype().name());
      var shape = entry.putArray("shape");
      tensor.shape().forEach(shape::add);
      entry.putArray("data_offsets").add(offset).add(offset + tensor.bytes().byteSize());
      offset += tensor.bytes().byteSize();
    }
    byte[] json = root.toString().getBytes(StandardCharsets.UTF_8);
    int padded = (json.length + 7) / 8 * 8;
    ByteBuffer buffer =
        ByteBuffer.allocate(Long.BYTES + padded).order(ByteOrder.LITTLE_ENDIAN).putLong(padded);
    buffer.put(json);
    while (buffer.hasRemaining()) {
      buffer.put((byte) ' ');
    }
    return buffer.flip();
  }

  private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
