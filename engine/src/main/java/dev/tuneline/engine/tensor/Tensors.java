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
   * A tensor's own memory, row-major; writes go through if the tensor is contiguous. Valid while
   * the tensor is open; at most 2 GB.
   */
  public static MemorySegment memory(PtNDArray array) {
    return array.size() == 0 ? MemorySegment.NULL : MemorySegment.ofBuffer(buffer(array));
  }

  private static ByteBuffer buffer(PtNDArray array) {
    return JniUtils.getByteBuffer(array, true).order(ByteOrder.nativeOrder());
  }
}
