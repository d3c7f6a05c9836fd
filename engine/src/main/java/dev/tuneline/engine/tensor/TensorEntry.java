package dev.tuneline.engine.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * One tensor of a safetensors header.
 *
 * @param begin first byte, counted from the end of the header
 * @param end one past its last byte
 */
public record TensorEntry(String name, DType dtype, List<Long> dims, long begin, long end) {
  public TensorEntry {
    dims = List.copyOf(dims);
  }

  /** Its dimensions, outermost first; empty for a scalar. */
  public long[] shape() {
    return dims.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of elements; 1 for a scalar, 0 when a dimension is 0. */
  public long elements() {
    return (end - begin) / dtype.bytes();
  }

  /** Whether its dimensions are these. */
  public boolean hasShape(long... shape) {
    return Arrays.equals(shape(), shape);
  }
}
