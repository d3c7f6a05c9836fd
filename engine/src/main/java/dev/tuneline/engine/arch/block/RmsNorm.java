package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.tensor.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * Root-mean-square normalisation (Zhang and Sennrich 2019).
 *
 * @param module dotted name of the module in transformers
 * @param weight [width]
 * @param epsilon without dimensions, added to the mean square
 */
public record RmsNorm(String module, PtNDArray weight, PtNDArray epsilon) implements Norm {
  /** The norm {@code module} among {@code weights}. */
  public static RmsNorm of(Weights weights, String module, PtNDArray epsilon) {
    return new RmsNorm(module, weights.get(module + ".weight"), epsilon);
  }

  @Override
  public @Nullable PtNDArray bias() {
    return null;
  }

  @Override
  public PtNDArray apply(PtNDArray x, PtNDArray scale, @Nullable PtNDArray shift) {
    return Kernel.RMS_NORM.run(x, scale, epsilon);
  }
}
