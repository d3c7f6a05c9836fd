package dev.tuneline.engine.tensor;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file mapped into memory; nothing is copied until a tensor is asked for.
 *
 * <p>The header is checked whole before {@link #open} returns: a truncated, lying or overlapping
 * one is a {@code MALFORMED_SAFETENSORS} problem that names the file and, where there is one, the
 * tensor. Instances may be read by several threads; segments die with {@link #close}.
 */
public final class SafetensorsFile implements AutoCloseable {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final MemorySegment data;
  private final SafetensorsHeader header;

  private SafetensorsFile(Path path, Arena arena, MemorySegment data, SafetensorsHeader header) {
    this.path = path;
    this.arena = arena;
    this.data = data;
    this.header = header;
  }

  /** Maps {@code path} and checks its header. */
  public static SafetensorsFile open(Path path) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      if (all.byteSize() < Long.BYTES) {
        throw SafetensorsHeader.malformed("it holds %d bytes".formatted(all.byteSize()));
      }
      long headerBytes = all.get(LONG, 0);
      if (headerBytes < 0 || headerBytes > SafetensorsHeader.MAX_HEADER_BYTES) {
        throw SafetensorsHeader.malformed(
            "the header claims %s bytes".formatted(Long.toUnsignedString(headerBytes)));
      }
      if (headerBytes > all.byteSize() - Long.BYTES) {
        throw SafetensorsHeader.malformed(
            "the header claims %d bytes, the file holds %d"
                .formatted(headerBytes, all.byteSize() - Long.BYTES));
      }
      MemorySegment data = all.asSlice(Long.BYTES + headerBytes);
      SafetensorsHeader header =
          SafetensorsHeader.parse(
              all.asSlice(Long.BYTES, headerBytes).asByteBuffer(), data.byteSize());
      opened = true;
      return new SafetensorsFile(path, arena, data, header);
    } catch (NoSuchFileException e) {
      throw Problem.caller("FILE_NOT_FOUND", "no such file").at(Problem.FILE, path).causedBy(e);
    } catch (IOException e) {
      throw Problem.ours("UNREADABLE_FILE", "cannot read: " + e.getMessage(), e)
          .at(Problem.FILE, path);
    } catch (Problem e) {
      throw e.at(Problem.FILE, path);
    } finally {
      if (!opened) {
        arena.close();
      }
    }
  }

  /** Where it was opened from. */
  public Path path() {
    return path;
  }

  /** Its tensors by name, in the order of their bytes. */
  public SequencedMap<String, TensorEntry> tensors() {
    return header.tensors();
  }

  /** The free-form strings of {@code __metadata__}. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** The little-endian bytes of a tensor, read-only, valid until {@link #close}. */
  public MemorySegment bytes(String name) {
    TensorEntry entry = entry(name);
    return data.asSlice(entry.begin(), entry.end() - entry.begin());
  }

  /** The elements of a tensor as fp32; at most 2^31 - 1 of them. */
  public float[] floats(String name) {
    float[] values = new float[Math.toIntExact(entry(name).elements())];
    copyFloats(name, MemorySegment.ofArray(values));
    return values;
  }

  /**
   * Writes a tensor's elements as fp32 in native order into {@code target}.
   *
   * @throws Problem UNSUPPORTED_DTYPE unless the tensor is F16, BF16, F32 or F64
   */
  public void copyFloats(String name, MemorySegment target) {
    TensorEntry entry = entry(name);
    MemorySegment source = bytes(name);
    ValueLayout.OfFloat out = ValueLayout.JAVA_FLOAT_UNALIGNED;
    long count = entry.elements();
    switch (entry.dtype()) {
      case F32 -> {
        for (long i = 0; i < count; i++) {
          target.set(out, i * Float.BYTES, Float.intBitsToFloat(source.get(INT, i * Float.BYTES)));
        }
      }
      case F16 -> {
        for (long i = 0; i < count; i++) {
          short bits = source.get(SHORT, i * Short.BYTES);
          target.set(out, i * Float.BYTES, Float.float16ToFloat(bits));
        }
      }
      case BF16 -> {
        for (long i = 0; i < count; i++) {
          int bits = source.get(SHORT, i * Short.BYTES) << 16;
          target.set(out, i * Float.BYTES, Float.intBitsToFloat(bits));
        }
      }
      case F64 -> {
        for (long i = 0; i < count; i++) {
          double value = Double.longBitsToDouble(source.get(LONG, i * Double.BYTES));
          target.set(out, i * Float.BYTES, (float) value);
        }
      }
      case BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, I32, U32, I64, U64 ->
          throw Problem.caller(
                  "UNSUPPORTED_DTYPE",
                  "tensor %s is %s, which is not read as weights".formatted(name, entry.dtype()))
              .at(Problem.FILE, path)
              .at("tensor", name)
              .mend("convert it to F32, F16 or BF16");
    }
  }

  @Override
  public void close() {
    arena.close();
  }

  private TensorEntry entry(String name) {
    @Nullable TensorEntry entry = header.tensors().get(name);
    if (entry == null) {
      throw Problem.caller("TENSOR_NOT_FOUND", "there is no tensor " + name)
          .at(Problem.FILE, path)
          .at("tensor", name);
    }
    return entry;
  }
}
