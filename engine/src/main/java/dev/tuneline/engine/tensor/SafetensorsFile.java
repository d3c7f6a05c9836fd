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

/**
 * A safetensors file mapped into memory; nothing is copied until a tensor is asked for.
 *
 * <p>The header is checked whole before {@link #open} returns: a truncated, lying or overlapping
 * one is a {@code MALFORMED_SAFETENSORS} problem that names the file and, where there is one, the
 * tensor. Instances may be read by several threads; segments die with {@link #close}.
 */
public final class SafetensorsFile implements WeightFile {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

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

  @Override
  public Path path() {
    return path;
  }

  /** Its tensors by name, in the order of their bytes. */
  @Override
  public SequencedMap<String, TensorEntry> tensors() {
    return header.tensors();
  }

  /** The free-form strings of {@code __metadata__}. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  @Override
  public MemorySegment bytes(String name) {
    long size = entry(name).byteSize();
    return data.asSlice(header.begin(name), size);
  }

  @Override
  public void close() {
    arena.close();
  }
}
