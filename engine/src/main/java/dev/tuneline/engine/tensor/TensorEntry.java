package dev.tuneline.engine.tensor;

import java.util.Arrays;
import java.util.List;

/**
 * What a weight file says about one tensor.
 *
 * @param dims its dimensions, outermost first; empty for a scalar
 */
public record TensorEntry(String name, DType dtype, List<Long> dims) {
  /**
   * @throws ArithmeticException if its bytes do not fit in a long
   */
  public TensorEntry {
    dims = List.copyOf(dims);
    byteSize(dtype, dims);
  }

  /** Its dimensions, outermost first; empty for a scalar. */
  public long[] shape() {
    return dims.stream().mapToLong(Long::longValue).toArray();
  }

  /** Number of elements; 1 for a scalar, 0 when a dimension is 0. */
  public long elements() {
    return byteSize() / dtype.bytes();
  }

  /** Bytes of all its elements. */
  public long byteSize() {
    return byteSize(dtype, dims);
  }

  /** Whether its dimensions are these. */
  public boolean hasShape(long... shape) {
    return Arrays.equals(shape(), shape);
  }

  private static long byteSize(DType dtype, List<Long> dims) {
    return dims.stream().reduce((long) dtype.bytes(), Math::multiplyExact);
  }
}
