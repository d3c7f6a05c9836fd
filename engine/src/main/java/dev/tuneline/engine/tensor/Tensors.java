package dev.tuneline.engine.tensor;

import ai.djl.Device;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/**
 * Makes native tensors on {@link Torch#device} and moves numbers between them and Java; nothing
 * else creates tensors.
 *
 * <p>Tensors are allocated by libtorch, not wrapped around Java buffers, so that their alignment,
 * and with it every rounding, is the same in each process.
 */
public final class Tensors {
  private Tensors() {}

  /** An uninitialised tensor. */
  public static PtNDArray empty(PtNDManager manager, DataType type, long... shape) {
    return JniUtils.createEmptyNdArray(
        manager, new Shape(shape), type, Torch.device(), SparseFormat.DENSE);
  }

  /** An fp32 tensor of zeros. */
  public static PtNDArray zeros(PtNDManager manager, long... shape) {
    return JniUtils.createZerosNdArray(
        manager, new Shape(shape), DataType.FLOAT32, Torch.device(), SparseFormat.DENSE);
  }

  /** An fp32 tensor without dimensions. */
  public static PtNDArray scalar(PtNDManager manager, double value) {
    return JniUtils.full(
        manager, new Shape(), value, DataType.FLOAT32, Torch.device(), SparseFormat.DENSE);
  }

  /** A tensor of what {@code fill} writes into its memory, row-major in native order. */
  public static PtNDArray filled(
      PtNDManager manager, DataType type, Consumer<MemorySegment> fill, long... shape) {
    return placed(
        JniUtils.createEmptyNdArray(
            manager, new Shape(shape), type, Device.cpu(), SparseFormat.DENSE),
        fill);
  }

  /** The same in bf16, of which DJL has no tensors. */
  public static PtNDArray filledBfloat16(
      PtNDManager manager, Consumer<MemorySegment> fill, long... shape) {
    try (Scope scope = new Scope()) {
      PtNDArray one =
          JniUtils.createEmptyNdArray(
              manager, new Shape(), DataType.UINT8, Device.cpu(), SparseFormat.DENSE);
      PtNDArray like = JniUtils.broadcast(one, new Shape(shape));
      return scope.keep(placed(Kernel.EMPTY_BF16.run(like), fill));
    }
  }

  private static PtNDArray placed(PtNDArray host, Consumer<MemorySegment> fill) {
    if (host.size() > 0) {
      fill.accept(memory(host));
    }
    if (!Torch.device().isGpu()) {
      return host;
    }
    try (Scope scope = new Scope()) {
      return scope.keep(Kernel.MOVE.run(host, scalar(host.getManager(), 0)));
    } finally {
      host.close();
    }
  }

  /** An fp32 tensor of {@code values}, row-major. */
  public static PtNDArray ofFloats(PtNDManager manager, float[] values, long... shape) {
    return filled(
        manager, DataType.FLOAT32, memory -> memory.copyFrom(MemorySegment.ofArray(values)), shape);
  }

  /** An int64 vector, the index type of gathers and embeddings. */
  public static PtNDArray ofIndices(PtNDManager manager, int[] values) {
    return filled(
        manager,
        DataType.INT64,
        memory -> {
          for (int i = 0; i < values.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
          }
        },
        values.length);
  }

  /** A copy of an fp32 or bf16 tensor's elements, row-major. */
  public static float[] floats(PtNDArray array) {
    float[] values = new float[Math.toIntExact(array.size())];
    if (values.length > 0) {
      try (Scope _ = new Scope()) {
        MemorySegment.ofArray(values).copyFrom(memory(onHost(widened(array))));
      }
    }
    return values;
  }

  /** The one element of an fp32 tensor of size 1. */
  public static float only(PtNDArray array) {
    try (Scope _ = new Scope()) {
      return memory(onHost(array)).get(ValueLayout.JAVA_FLOAT, 0);
    }
  }

  /** Overwrites a contiguous fp32 tensor in place. */
  public static void write(PtNDArray array, float[] values) {
    if (array.size() != values.length) {
      throw new IllegalArgumentException(values.length + " values for " + array.getShape());
    }
    write(array, memory -> memory.copyFrom(MemorySegment.ofArray(values)));
  }

  /** Overwrites a contiguous tensor in place with what {@code fill} writes into its memory. */
  public static void write(PtNDArray array, Consumer<MemorySegment> fill) {
    if (array.size() == 0) {
      return;
    }
    if (!array.getDevice().isGpu()) {
      fill.accept(memory(array));
      return;
    }
    try (var _ = GradientMode.off();
        Scope _ = new Scope()) {
      PtNDManager manager = array.getManager();
      long[] shape = array.getShape().getShape();
      Kernel.COPY.run(array, filled(manager, array.getDataType(), fill, shape));
    }
  }

  /** A bf16 tensor in fp32, in the innermost scope; any other as it is. */
  public static PtNDArray widened(PtNDArray array) {
    return isBfloat16(array) ? JniUtils.to(array, DataType.FLOAT32, array.getDevice()) : array;
  }

  /** Whether {@code array} is bf16; DJL calls its type unknown. */
  public static boolean isBfloat16(PtNDArray array) {
    return array.getDataType() == DataType.UNKNOWN;
  }

  /** {@code array} where {@link #memory} reaches it: itself, or a copy in the innermost scope. */
  public static PtNDArray onHost(PtNDArray array) {
    if (!array.getDevice().isGpu()) {
      return array;
    }
    PtNDArray like =
        JniUtils.createEmptyNdArray(
            array.getManager(), new Shape(), DataType.FLOAT32, Device.cpu(), SparseFormat.DENSE);
    return Kernel.MOVE.run(array, like);
  }

  /**
   * The own memory of a tensor on the CPU, row-major, of any size; writes go through if the tensor
   * is contiguous. Valid while the tensor is open.
   */
  public static MemorySegment memory(PtNDArray array) {
    if (array.getDevice().isGpu()) {
      throw new IllegalArgumentException("its memory is on " + array.getDevice());
    }
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
