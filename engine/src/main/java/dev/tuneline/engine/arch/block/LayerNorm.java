package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Weights;

/**
 * Layer normalisation (Ba et al. 2016).
 *
 * @param weight [width]
 * @param bias [width]
 * @param epsilon added to the variance
 */
public record LayerNorm(PtNDArray weight, PtNDArray bias, double epsilon) implements Norm {
  /** The norm {@code module} among {@code weights}. */
  public static LayerNorm of(Weights weights, String module, double epsilon) {
    return new LayerNorm(weights.get(module + ".weight"), weights.get(module + ".bias"), epsilon);
  }

  @Override
  public PtNDArray apply(PtNDArray x) {
    return JniUtils.layerNorm(x, new Shape(weight.getShape().get(0)), weight, bias, epsilon);
  }
}
