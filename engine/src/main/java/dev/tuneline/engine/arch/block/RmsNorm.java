package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.tensor.kernel.Kernel;

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
    return Kernel.RMS_NORM.run(x, weight, epsilon);
  }
}
