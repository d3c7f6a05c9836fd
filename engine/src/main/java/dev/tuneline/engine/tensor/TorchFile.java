package dev.tuneline.engine.tensor;

import dev.tuneline.engine.tensor.TensorPickle.Storage;
import dev.tuneline.engine.tensor.TensorPickle.Tensor;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * The tensors of a state dict that {@code torch.save} wrote, mapped into memory: the zip format of
 * torch 1.6 and later, and the format before it.
 *
 * <p>The pickle inside is read by {@link TensorPickle}, which runs nothing: whatever is not a
 * tensor is refused. A tensor must lie inside its storage, and a storage must be as large as the
 * pickle says. Strides and offsets are honoured; tied weights share their storage.
 */
public final class TorchFile implements WeightFile {
  /** As many as torch allows. */
  static final int MAX_DIMENSIONS = 64;

  /** Elements that a tensor may repeat beyond what its storage holds (an expanded tensor). */
  private static final long MAX_EXPANDED_ELEMENTS = 1 << 26;

  private final Path path;
  private final Arena arena;
  private final SequencedMap<String, StoredTensor> stored;
  private final SequencedMap<String, TensorEntry> tensors = new LinkedHashMap<>();

  private TorchFile(Path path, Arena arena, SequencedMap<String, StoredTensor> stored) {
    this.path = path;
    this.arena = arena;
    this.stored = stored;
    stored.forEach((name, tensor) -> tensors.put(name, tensor.entry()));
  }

  /**
   * Maps {@code path} and checks all that its pickle claims.
   *
   * @throws Problem UNSAFE_PICKLE naming the global or opcode that is refused, MALFORMED_CHECKPOINT
   *     when the file is damaged or lies, UNSUPPORTED_CHECKPOINT, FILE_NOT_FOUND
   */
  public static TorchFile open(Path path) {
    Arena arena = Arena.ofShared();
    boolean opened = false;
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      MemorySegment all = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
      TorchContents contents =
          StoredZip.startsLike(all) ? TorchContents.ofZip(all) : TorchContents.ofLegacy(all);
      TorchFile file = new TorchFile(path, arena, stateDict(contents));
      opened = true;
      return file;
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

  private static SequencedMap<String, StoredTensor> stateDict(TorchContents contents) {
    if (!(contents.root() instanceof Map<?, ?> entries)) {
      throw unsupported("it does not hold a dictionary of tensors");
    }
    SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
    entries.forEach(
        (key, value) -> {
          if (!(key instanceof String name) || !(value instanceof Tensor tensor)) {
            throw unsupported("entry " + key + " is not a tensor").at("tensor", key);
          }
          MemorySegment bytes = contents.storages().get(tensor.storage().key());
          tensors.put(name, checked(name, tensor, Objects.requireNonNull(bytes)));
        });
    return tensors;
  }

  private static StoredTensor checked(String name, Tensor tensor, MemorySegment bytes) {
    Storage storage = tensor.storage();
    int width = tensor.dtype().bytes();
    try {
      long storageBytes =
          Math.multiplyExact(storage.elements(), storage.dtype().map(DType::bytes).orElse(1));
      if (storageBytes != bytes.byteSize()) {
        throw malformed(
            name,
            "claims a storage of %d bytes, the file holds %d"
                .formatted(storageBytes, bytes.byteSize()));
      }
      List<Long> dims = tensor.dims();
      List<Long> strides = tensor.strides();
      if (dims.size() != strides.size()
          || tensor.offset() < 0
          || dims.stream().anyMatch(d -> d < 0)
          || strides.stream().anyMatch(s -> s < 0)) {
        throw malformed(name, "has a negative size, stride or offset");
      }
      TensorEntry entry = new TensorEntry(name, tensor.dtype(), dims);
      long last = tensor.offset();
      for (int d = 0; d < dims.size(); d++) {
        last =
            Math.addExact(last, Math.multiplyExact(Math.max(0, dims.get(d) - 1), strides.get(d)));
      }
      long available = storageBytes / width;
      if (entry.elements() > 0
          && (last >= available || entry.elements() > Math.max(available, MAX_EXPANDED_ELEMENTS))) {
        throw malformed(name, "reaches past its storage of %d elements".formatted(available));
      }
      return new StoredTensor(entry, bytes, tensor.offset(), List.copyOf(strides));
    } catch (ArithmeticException e) {
      throw malformed(name, "has sizes beyond any memory").causedBy(e);
    }
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public SequencedMap<String, TensorEntry> tensors() {
    return Collections.unmodifiableSequencedMap(tensors);
  }

  @Override
  public MemorySegment bytes(String name) {
    TensorEntry entry = entry(name);
    return Objects.requireNonNull(stored.get(entry.name())).bytes();
  }

  @Override
  public void close() {
    arena.close();
  }

  static Problem malformed(String what) {
    return Problem.caller("MALFORMED_CHECKPOINT", "not a valid torch checkpoint: " + what)
        .mend("copy or download the file again");
  }

  private static Problem malformed(String tensor, String what) {
    return malformed("tensor " + tensor + " " + what).at("tensor", tensor);
  }

  static Problem unsupported(String what) {
    return Problem.caller("UNSUPPORTED_CHECKPOINT", "not a file of weights: " + what)
        .mend("save the model's state dict alone, or convert it to safetensors");
  }
}
