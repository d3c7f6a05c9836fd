package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.adapter.Seeds;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * Draws initial values as torch.nn does; they depend on the seed and the parameter's name, not on
 * the order of drawing.
 *
 * @param manager owns what is drawn
 */
record Fresh(PtNDManager manager, long seed) {
  /** Standard normal, as an Embedding's weight. */
  PtNDArray normal(String name, long... shape) {
    return draw(name, SplittableRandom::nextGaussian, shape);
  }

  /** Uniform in +-1/sqrt(width), as the weight and bias of a Linear of that input or an LSTM. */
  PtNDArray uniform(String name, int width, long... shape) {
    double bound = 1 / Math.sqrt(width);
    return draw(name, random -> random.nextDouble(-bound, bound), shape);
  }

  private PtNDArray draw(String name, ToDoubleFunction<SplittableRandom> next, long... shape) {
    PtNDArray array = Scope.own(Tensors.zeros(manager, shape));
    SplittableRandom random = new SplittableRandom(Seeds.mix(seed, name.hashCode()));
    float[] values = new float[Math.toIntExact(array.size())];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) next.applyAsDouble(random);
    }
    Tensors.write(array, values);
    return array;
  }
}
