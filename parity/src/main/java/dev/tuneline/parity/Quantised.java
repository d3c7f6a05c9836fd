package dev.tuneline.parity;

import dev.tuneline.engine.precision.Nf4Tensor;
import dev.tuneline.engine.tensor.Tensors;
import java.lang.foreign.ValueLayout;

/**
 * What a matrix in NF4 holds, taken apart.
 *
 * @param packed two codes a byte, filled up to whole blocks
 * @param scales codes of the blocks' absmax, filled up to whole nested blocks
 * @param restored the blocks' absmax by those codes
 * @param single the values that the codes give with the blocks' own absmax
 * @param twice the values that the engine gives, with the restored absmax
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
record Quantised(
    byte[] packed,
    byte[] scales,
    float[] scaleAbsmax,
    float offset,
    float[] restored,
    float[] single,
    float[] twice) {

  /** {@code absmax} is each block's largest magnitude. */
  static Quantised of(Nf4Tensor tensor, float[] absmax) {
    byte[] packed = Tensors.memory(tensor.packed()).toArray(ValueLayout.JAVA_BYTE);
    byte[] scales = Tensors.memory(tensor.scales()).toArray(ValueLayout.JAVA_BYTE);
    float[] scaleAbsmax = Tensors.floats(tensor.scaleAbsmax());
    float offset = Tensors.only(tensor.offset());
    float[] dynamic = Tensors.floats(tensor.tables().dynamic());
    float[] restored = new float[absmax.length];
    for (int block = 0; block < restored.length; block++) {
      restored[block] =
          dynamic[scales[block] & 255] * scaleAbsmax[block / Nf4Cases.NESTED_BLOCK] + offset;
    }
    float[] twice = Tensors.floats(tensor.dequantise());
    float[] pairs = Tensors.floats(tensor.tables().pairs());
    float[] single = new float[twice.length];
    for (int i = 0; i < single.length; i++) {
      single[i] = pairs[2 * (packed[i / 2] & 255) + i % 2] * absmax[i / Nf4Cases.BLOCK];
    }
    return new Quantised(packed, scales, scaleAbsmax, offset, restored, single, twice);
  }
}
