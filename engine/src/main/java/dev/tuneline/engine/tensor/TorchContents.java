package dev.tuneline.engine.tensor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.tuneline.engine.tensor.TensorPickle.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The two parts of a {@code torch.save} file: the pickled object and the bytes of its storages.
 *
 * @param storages by key; every storage that the object names is there
 */
record TorchContents(Object root, Map<String, MemorySegment> storages) {
  /** A pickle of protocol 2 that holds the magic number 0x1950a86a20f9469cfc6c. */
  private static final byte[] LEGACY_START = {
    (byte) 0x80,
    2,
    (byte) 0x8a,
    10,
    0x6c,
    (byte) 0xfc,
    (byte) 0x9c,
    0x46,
    (byte) 0xf9,
    0x20,
    0x6a,
    (byte) 0xa8,
    0x50,
    0x19,
    '.'
  };

  private static final long LEGACY_VERSION = 1001;
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /** The zip format: an entry {@code data.pkl} and one entry for each storage beside it. */
  static TorchContents ofZip(MemorySegment all) {
    Map<String, MemorySegment> entries = StoredZip.read(all);
    List<String> pickles = entries.keySet().stream().filter(n -> n.endsWith("/data.pkl")).toList();
    if (pickles.size() != 1) {
      throw TorchFile.malformed("it holds %d objects".formatted(pickles.size()));
    }
    String pickle = pickles.getFirst();
    String prefix = pickle.substring(0, pickle.length() - "data.pkl".length());
    if (entries.containsKey(prefix + "constants.pkl")) {
      throw TorchFile.unsupported("it is a TorchScript program");
    }
    @Nullable MemorySegment order = entries.get(prefix + "byteorder");
    if (order != null && !US_ASCII.decode(order.asByteBuffer()).toString().equals("little")) {
      throw TorchFile.unsupported("its numbers are not little-endian");
    }
    MemorySegment bytes = Objects.requireNonNull(entries.get(pickle));
    TensorPickle machine = new TensorPickle(bytes, 0);
    Object root = machine.read();
    Map<String, MemorySegment> storages = new HashMap<>();
    for (String key : machine.storages().keySet()) {
      @Nullable MemorySegment storage = entries.get(prefix + "data/" + key);
      if (storage == null) {
        throw TorchFile.malformed("storage " + key + " is missing");
      }
      storages.put(key, storage);
    }
    return new TorchContents(root, storages);
  }

  /**
   * The format before torch 1.6: pickles of a magic number, a version, the writer's machine, the
   * object and the storages' keys, then for each key its number of elements and their bytes.
   */
  static TorchContents ofLegacy(MemorySegment all) {
    long start = LEGACY_START.length;
    if (all.byteSize() < start
        || all.asSlice(0, start).mismatch(MemorySegment.ofArray(LEGACY_START)) >= 0) {
      throw TorchFile.malformed("it starts neither as a zip archive nor as an older checkpoint");
    }
    TensorPickle machine = new TensorPickle(all, start);
    if (!machine.read().equals(LEGACY_VERSION)) {
      throw TorchFile.unsupported("its version is not " + LEGACY_VERSION);
    }
    if (!(machine.read() instanceof Map<?, ?> system)
        || !Boolean.TRUE.equals(system.get("little_endian"))) {
      throw TorchFile.unsupported("its numbers are not little-endian");
    }
    Object root = machine.read();
    Map<String, Storage> named = machine.storages();
    if (!(machine.read() instanceof List<?> keys)) {
      throw TorchFile.malformed("its storages have no keys");
    }
    Map<String, MemorySegment> storages = new HashMap<>();
    long at = machine.position();
    for (Object key : keys) {
      @Nullable Storage storage = key instanceof String ? named.get(key) : null;
      if (storage == null || at > all.byteSize() - Long.BYTES) {
        throw TorchFile.malformed("its storages are not those of its tensors");
      }
      long elements = all.get(LONG, at);
      at += Long.BYTES;
      int width = storage.dtype().map(DType::bytes).orElse(1);
      if (elements != storage.elements() || elements > (all.byteSize() - at) / width) {
        throw TorchFile.malformed(
            "storage %s claims %d elements, it holds %d"
                .formatted(key, storage.elements(), Math.min(elements, all.byteSize() - at)));
      }
      storages.put(storage.key(), all.asSlice(at, elements * width));
      at += elements * width;
    }
    if (at != all.byteSize() || !storages.keySet().containsAll(named.keySet())) {
      throw TorchFile.malformed("its storages are not those of its tensors");
    }
    return new TorchContents(root, storages);
  }
}
