package dev.tuneline.engine.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A view of a storage: which element of it stands at each position.
 *
 * @param offset the storage's element that is the tensor's first
 * @param strides by how many elements one step along each dimension moves
 */
record StoredTensor(TensorEntry entry, MemorySegment storage, long offset, List<Long> strides) {

  /** The elements, row-major: a slice of the storage if they lie so, else a copy. */
  MemorySegment bytes() {
    int width = entry.dtype().bytes();
    if (entry.elements() == 0) {
      return MemorySegment.NULL;
    }
    if (isContiguous()) {
      return storage.asSlice(offset * width, entry.byteSize());
    }
    MemorySegment copy = Arena.ofAuto().allocate(entry.byteSize());
    new Gather(copy, width).dimension(0, offset * width);
    return copy.asReadOnly();
  }

  private boolean isContiguous() {
    long expected = 1;
    for (int d = strides.size() - 1; d >= 0; d--) {
      long size = entry.dims().get(d);
      if (size != 1 && strides.get(d) != expected) {
        return false;
      }
      expected *= size;
    }
    return true;
  }

  private final class Gather {
    private final MemorySegment target;
    private final int width;
    private long written;

    Gather(MemorySegment target, int width) {
      this.target = target;
      this.width = width;
    }

    void dimension(int d, long at) {
      if (d == strides.size()) {
        MemorySegment.copy(storage, at, target, written, width);
        written += width;
        return;
      }
      long step = strides.get(d) * width;
      long size = entry.dims().get(d);
      for (long i = 0; i < size; i++) {
        dimension(d + 1, at + i * step);
      }
    }
  }
}
