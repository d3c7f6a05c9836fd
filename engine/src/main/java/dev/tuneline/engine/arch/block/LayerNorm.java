package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.arch.Weights;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation (Ba et al. 2016).
 *
 * @param module dotted name of the module in transformers
 * @param weight [width]
 * @param bias [width]
 * @param epsilon added to the variance
 */
public record LayerNorm(String module, PtNDArray weight, PtNDArray bias, double epsilon)
    implements Norm {
  /** The norm {@code module} among {@code weights}. */
  public static LayerNorm of(Weights weights, String module, double epsilon) {
    return new LayerNorm(
        module, weights.get(module + ".weight"), weights.get(module + ".bias"), epsilon);
  }

  @Override
  public PtNDArray apply(PtNDArray x, PtNDArray scale, @Nullable PtNDArray shift) {
    Shape width = new Shape(weight.getShape().get(0));
    return JniUtils.layerNorm(x, width, scale, Objects.requireNonNull(shift), epsilon);
  }
}
