package dev.tuneline.engine.tensor;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
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
import java.util.function.Supplier;

/** Writes safetensors files: complete under their name, or not there at all. */
public final class SafetensorsWriter {
  private static final int CHUNK_BYTES = 1 << 26;

  /**
   * What to write for one tensor.
   *
   * @param shape outermost dimension first
   * @param bytes little-endian elements, row-major; asked for when it is this tensor's turn, in a
   *     scope of its own
   */
  public record Content(String name, DType dtype, List<Long> shape, Supplier<MemorySegment> bytes) {
    public Content {
      shape = List.copyOf(shape);
    }

    /** Content that is in memory. */
    public Content(String name, DType dtype, List<Long> shape, MemorySegment bytes) {
      this(name, dtype, shape, () -> bytes);
      requireSize(bytes);
    }

    long byteSize() {
      return shape.stream().reduce((long) dtype.bytes(), Math::multiplyExact);
    }

    private MemorySegment requireSize(MemorySegment given) {
      if (given.byteSize() != byteSize()) {
        throw new IllegalArgumentException(
            "%s: %d bytes for shape %s of %s".formatted(name, given.byteSize(), shape, dtype));
      }
      return given;
    }

    /**
     * The values of an fp32 or bf16 tensor as {@code dtype}: F32, F16 or BF16.
     *
     * @param values makes the tensor when it is its turn
     */
    public static Content of(
        String name, DType dtype, List<Long> shape, Supplier<PtNDArray> values) {
      return new Content(name, dtype, shape, () -> elements(values.get(), dtype));
    }

    private static MemorySegment elements(PtNDArray array, DType dtype) {
      DType held = Tensors.isBfloat16(array) ? DType.BF16 : DType.F32;
      MemorySegment memory = Tensors.memory(Tensors.onHost(array));
      if (held == dtype) {
        return memory;
      }
      MemorySegment converted = Arena.ofAuto().allocate(array.size() * dtype.bytes(), Long.BYTES);
      Elements.convert(held, memory, dtype, converted);
      return converted;
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
          try (Scope _ = new Scope()) {
            writeAll(channel, tensor.requireSize(tensor.bytes().get()));
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
      entry.putArray("data_offsets").add(offset).add(offset + tensor.byteSize());
      offset += tensor.byteSize();
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

  private static void writeAll(FileChannel channel, MemorySegment bytes) throws IOException {
    for (long at = 0; at < bytes.byteSize(); at += CHUNK_BYTES) {
      long length = Math.min(CHUNK_BYTES, bytes.byteSize() - at);
      writeAll(channel, bytes.asSlice(at, length).asByteBuffer());
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }
}
