package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Weights;

/**
 * Root-mean-square normalisation (Zhang and Sennrich 2019).
 *
 * @param weight [width]
 * @param epsilon without dimensions, added to the mean square
 */
public record RmsNorm(PtNDArray weight, PtNDArray epsilon) implements Norm {
  /** The norm {@code module} among {@code weights}. */
  public static RmsNorm of(Weights weights, String module, PtNDArray epsilon) {
    return new RmsNorm(weights.get(module + ".weight"), epsilon);
  }

  @Override
  public PtNDArray apply(PtNDArray x) {
    PtNDArray meanSquare = JniUtils.mean(JniUtils.square(x), -1, true);
    PtNDArray root = JniUtils.sqrt(JniUtils.add(meanSquare, epsilon));
    return JniUtils.mul(JniUtils.div(x, root), weight);
  }
}
