package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.tensor.Tensors;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/** First values of trained tensors. */
public final class Initial {
  private Initial() {}

  /** Uniform in +-bound. */
  public static void uniform(PtNDArray tensor, double bound, SplittableRandom random) {
    fill(tensor, () -> random.nextDouble(-bound, bound));
  }

  /** Normal around 0. */
  public static void normal(PtNDArray tensor, double deviation, SplittableRandom random) {
    fill(tensor, () -> random.nextGaussian() * deviation);
  }

  /** The same everywhere. */
  public static void constant(PtNDArray tensor, double value) {
    fill(tensor, () -> value);
  }

  private static void fill(PtNDArray tensor, DoubleSupplier next) {
    float[] values = new float[Math.toIntExact(tensor.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) next.getAsDouble();
    }
    Tensors.write(tensor, values);
  }
}
