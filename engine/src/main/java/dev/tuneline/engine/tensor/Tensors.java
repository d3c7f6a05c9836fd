package dev.tuneline.engine.tensor;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Moves numbers between Java and native tensors on the CPU.
 *
 * <p>Tensors are allocated by libtorch, not wrapped around Java buffers, so that their alignment,
 * and with it every rounding, is the same in each process.
 */
public final class Tensors {
  private Tensors() {}

  /** An uninitialised tensor. */
  public static PtNDArray empty(PtNDManager manager, DataType type, long... shape) {
    return JniUtils.createEmptyNdArray(
        manager, new Shape(shape), type, Device.cpu(), SparseFormat.DENSE);
  }

  /** An fp32 tensor of zeros. */
  public static PtNDArray zeros(PtNDManager manager, long... shape) {
    return JniUtils.createZerosNdArray(
        manager, new Shape(shape), DataType.FLOAT32, Device.cpu(), SparseFormat.DENSE);
  }

  /** An fp32 tensor without dimensions. */
  public static PtNDArray scalar(PtNDManager manager, double value) {
    return JniUtils.full(
        manager, new Shape(), value, DataType.FLOAT32, Device.cpu(), SparseFormat.DENSE);
  }

  /** An fp32 tensor of {@code values}, row-major. */
  public static PtNDArray ofFloats(PtNDManager manager, float[] values, long... shape) {
    PtNDArray array = empty(manager, DataType.FLOAT32, shape);
    if (values.length > 0) {
      buffer(array).asFloatBuffer().put(values);
    }
    return array;
  }

  /** An int64 vector, the index type of gathers and embeddings. */
  public static PtNDArray ofIndices(PtNDManager manager, int[] values) {
    PtNDArray array = empty(manager, DataType.INT64, values.length);
    if (values.length > 0) {
      ByteBuffer bytes = buffer(array);
      for (int value : values) {
        bytes.putLong(value);
      }
    }
    return array;
  }

  /** A copy of an fp32 tensor's elements, row-major. */
  public static float[] floats(PtNDArray array) {
    float[] values = new float[Math.toIntExact(array.size())];
    if (values.length > 0) {
      memory(array).asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer().get(values);
    }
    return values;
  }

  /** Overwrites a contiguous fp32 tensor in place. */
  public static void write(PtNDArray array, float[] values) {
    if (array.size() != values.length) {
      throw new IllegalArgumentException(values.length + " values for " + array.getShape());
    }
    if (values.length > 0) {
      buffer(array).asFloatBuffer().put(values);
    }
  }

  /** The one element of an fp32 tensor of size 1. */
  public static float only(PtNDArray array) {
    return memory(array).get(ValueLayout.JAVA_FLOAT, 0);
  }

  /**
   * A tensor's own memory, row-major, of any size; writes go through if the tensor is contiguous.
   * Valid while the tensor is open.
   */
  public static MemorySegment memory(PtNDArray array) {
    if (array.size() == 0) {
      return MemorySegment.NULL;
    }
    return array.size() <= Integer.MAX_VALUE / Long.BYTES
        ? MemorySegment.ofBuffer(buffer(array))
        : largeMemory(array);
  }

  /** A buffer ends at 2 GB, so that of the first element tells where all of them begin. */
  @SuppressWarnings("restricted") // the segment ends where the tensor does
  private static MemorySegment largeMemory(PtNDArray array) {
    try (var _ = new Scope()) {
      MemorySegment first = element(array, -1);
      long stride = first.byteSize();
      for (int d = array.getShape().dimension() - 1; d >= 0; d--) {
        long size = array.getShape().get(d);
        if (size > 1 && element(array, d).address() - first.address() != stride) {
          throw new IllegalArgumentException("not contiguous: " + array.getShape());
        }
        stride *= size;
      }
      return MemorySegment.ofAddress(first.address()).reinterpret(stride);
    }
  }

  /** The memory of the element at index 1 of dimension {@code next} and 0 of all others. */
  private static MemorySegment element(PtNDArray array, int next) {
    PtNDArray one = array;
    for (int d = 0; d < array.getShape().dimension(); d++) {
      long index = d == next ? 1 : 0;
      one = JniUtils.slice(one, d, index, index + 1, 1);
    }
    return MemorySegment.ofBuffer(buffer(one));
  }

  private static ByteBuffer buffer(PtNDArray array) {
    return JniUtils.getByteBuffer(array, true).order(ByteOrder.nativeOrder());
  }
}
