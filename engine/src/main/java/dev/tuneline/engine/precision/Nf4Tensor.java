package dev.tuneline.engine.precision;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * A matrix in 4-bit NormalFloat with double quantisation (Dettmers et al. 2023), equal in every bit
 * to what bitsandbytes makes of it with blocks of 64 and nested blocks of 256.
 *
 * @param shape of the matrix
 * @param packed [blocks, 32] uint8: two codes a byte, the first in the high nibble; filled up with
 *     the code of 0
 * @param scales [nested blocks, 256] uint8: codes of the blocks' absmax minus {@code offset}
 * @param scaleAbsmax [nested blocks, 1] fp32
 * @param offset fp32 without dimensions: the mean of the blocks' absmax
 * @param tables what codes stand for
 */
public record Nf4Tensor(
    List<Long> shape,
    PtNDArray packed,
    PtNDArray scales,
    PtNDArray scaleAbsmax,
    PtNDArray offset,
    Tables tables) {
  static final int BLOCK = 64;
  static final int NESTED_BLOCK = 256;

  /**
   * The codebooks as native tensors, which all matrices of a model share.
   *
   * @param pairs [256, 2]: the two numbers of a packed byte
   * @param dynamic [256]: the numbers of scale codes
   */
  public record Tables(PtNDArray pairs, PtNDArray dynamic) {
    /** Tables that live as long as {@code manager}. */
    public static Tables in(PtNDManager manager) {
      float[] values = Codebook.NF4.values();
      float[] pairs = new float[512];
      for (int i = 0; i < 256; i++) {
        pairs[2 * i] = values[i >> 4];
        pairs[2 * i + 1] = values[i & 15];
      }
      return new Tables(
          Scope.own(Tensors.ofFloats(manager, pairs, 256, 2)),
          Scope.own(Tensors.ofFloats(manager, Codebook.DYNAMIC8.values(), 256)));
    }
  }

  public Nf4Tensor {
    shape = List.copyOf(shape);
  }

  /**
   * Quantises row-major fp32 values; the result lives as long as {@code manager}.
   *
   * @param values in native order, finite
   */
  public static Nf4Tensor quantise(
      MemorySegment values, List<Long> shape, Tables tables, PtNDManager manager) {
    long count = shape.stream().reduce(1L, Math::multiplyExact);
    if (count == 0 || values.byteSize() != count * Float.BYTES) {
      throw new IllegalArgumentException(values.byteSize() + " bytes for " + shape);
    }
    int blocks = Math.toIntExact(Math.ceilDiv(count, BLOCK));
    float[] absmax = new float[blocks];
    PtNDArray packed =
        Tensors.filled(
            manager, DataType.UINT8, memory -> pack(values, absmax, memory), blocks, BLOCK / 2);
    return withScales(shape, Scope.own(packed), absmax, tables, manager);
  }

  /** Fills {@code absmax} and the codes of all blocks. */
  private static void pack(MemorySegment values, float[] absmax, MemorySegment packed) {
    long count = values.byteSize() / Float.BYTES;
    float[] block = new float[BLOCK];
    for (int b = 0; b < absmax.length; b++) {
      long first = (long) b * BLOCK;
      int length = (int) Math.min(BLOCK, count - first);
      MemorySegment.copy(
          values, ValueLayout.JAVA_FLOAT_UNALIGNED, first * Float.BYTES, block, 0, length);
      absmax[b] = normalise(block, length);
      for (int i = 0; i < BLOCK; i += 2) {
        int codes = Codebook.NF4.nearest(block[i]) << 4 | Codebook.NF4.nearest(block[i + 1]);
        packed.set(ValueLayout.JAVA_BYTE, (first + i) / 2, (byte) codes);
      }
    }
  }

  /** Quantises the blocks' absmax in their turn. */
  private static Nf4Tensor withScales(
      List<Long> shape, PtNDArray packed, float[] absmax, Tables tables, PtNDManager manager) {
    int nested = Math.ceilDiv(absmax.length, NESTED_BLOCK);
    PtNDArray offset = offset(absmax, manager);
    float mean = Tensors.only(offset);
    float[] scaleAbsmax = new float[nested];
    byte[] scales = new byte[nested * NESTED_BLOCK];
    float[] block = new float[NESTED_BLOCK];
    for (int n = 0; n < nested; n++) {
      int first = n * NESTED_BLOCK;
      int length = Math.min(NESTED_BLOCK, absmax.length - first);
      for (int i = 0; i < length; i++) {
        block[i] = absmax[first + i] - mean;
      }
      scaleAbsmax[n] = normalise(block, length);
      for (int i = 0; i < length; i++) {
        scales[first + i] = (byte) Codebook.DYNAMIC8.nearest(block[i]);
      }
    }
    PtNDArray codes =
        Tensors.filled(
            manager,
            DataType.UINT8,
            memory -> memory.copyFrom(MemorySegment.ofArray(scales)),
            nested,
            NESTED_BLOCK);
    return new Nf4Tensor(
        shape,
        packed,
        Scope.own(codes),
        Scope.own(Tensors.ofFloats(manager, scaleAbsmax, nested, 1)),
        offset,
        tables);
  }

  /** The mean as libtorch sums it up. */
  private static PtNDArray offset(float[] absmax, PtNDManager manager) {
    try (Scope _ = new Scope()) {
      PtNDArray mean = JniUtils.mean(Tensors.ofFloats(manager, absmax, absmax.length), 0, false);
      return Scope.own(mean);
    }
  }

  /**
   * Scales the first {@code length} elements so that the largest magnitude is 1, and zeroes the
   * rest. Whole blocks are multiplied with a reciprocal, others divided, as bitsandbytes does.
   *
   * @return the largest magnitude
   */
  private static float normalise(float[] block, int length) {
    float absmax = 0;
    for (int i = 0; i < length; i++) {
      absmax = Math.max(absmax, Math.abs(block[i]));
    }
    float reciprocal = absmax == 0 ? 0 : 1 / absmax;
    boolean whole = length == block.length || absmax == 0;
    for (int i = 0; i < block.length; i++) {
      block[i] = i >= length ? 0 : whole ? block[i] * reciprocal : block[i] / absmax;
    }
    return absmax;
  }

  /** Its values in fp32, in the innermost scope; not recorded for backward. */
  public PtNDArray dequantise() {
    try (Scope scope = new Scope()) {
      PtNDArray blocks =
          Kernel.DEQUANTISE_NF4.run(
              packed, scales, scaleAbsmax, offset, tables.pairs(), tables.dynamic());
      PtNDArray flat = JniUtils.reshape(blocks, new long[] {-1});
      long count = shape.stream().reduce(1L, Math::multiplyExact);
      PtNDArray values = JniUtils.slice(flat, 0, 0, count, 1);
      long[] dims = shape.stream().mapToLong(Long::longValue).toArray();
      return scope.keep(JniUtils.reshape(values, dims));
    }
  }
}
