package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * The two factors over one projection.
 *
 * @param a [rank, in]
 * @param b [out, rank]
 */
record LoraPair(PtNDArray a, PtNDArray b) {
  /** y + scaling * B A x for rows x [rows, in] and y [rows, out]. */
  PtNDArray add(PtNDArray x, PtNDArray y, PtNDArray scaling) {
    PtNDArray low = JniUtils.mul(JniUtils.linear(x, a, null), scaling); // [rows, rank]
    // A full-shape "bias" makes the sum part of the product.
    return JniUtils.linear(low, b, y);
  }

  /** weight + scaling * B A, [out, in]. */
  PtNDArray merged(PtNDArray weight, PtNDArray scaling) {
    return JniUtils.add(weight, JniUtils.mul(JniUtils.matmul(b, a), scaling));
  }
}
