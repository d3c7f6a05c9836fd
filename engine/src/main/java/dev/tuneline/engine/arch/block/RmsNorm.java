package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Root-mean-square normalisation (Zhang and Sennrich 2019).
 *
 * @param weight [width]
 * @param epsilon without dimensions, added to the mean square
 */
public record RmsNorm(PtNDArray weight, PtNDArray epsilon) implements Norm {
  @Override
  public PtNDArray apply(PtNDArray x) {
    PtNDArray meanSquare = JniUtils.mean(JniUtils.square(x), -1, true);
    PtNDArray root = JniUtils.sqrt(JniUtils.add(meanSquare, epsilon));
    return JniUtils.mul(JniUtils.div(x, root), weight);
  }
}
