package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;

/** Fresh weights: matrices normal, norms one, biases zero; the same for the same seed. */
final class FreshWeights implements WeightSource {
  private final Map<String, PtNDArray> tensors = new HashMap<>();

  FreshWeights(Blueprint blueprint, long seed, PtNDManager manager) {
    SplittableRandom random = new SplittableRandom(seed);
    blueprint
        .weights()
        .forEach(
            (name, dims) -> {
              long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
              float[] values =
                  new float[Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact))];
              for (int i = 0; i < values.length; i++) {
                values[i] =
                    dims.size() > 1
                        ? (float) (random.nextGaussian() * blueprint.initializerRange())
                        : name.endsWith(".bias") ? 0 : 1;
              }
              tensors.put(name, Scope.own(Tensors.ofFloats(manager, values, shape)));
            });
  }

  @Override
  public PtNDArray floats(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  @Override
  public PtNDArray bfloat16(String name) {
    throw new UnsupportedOperationException("fresh weights are fp32");
  }

  @Override
  public void copyFloats(String name, MemorySegment target) {
    target.copyFrom(MemorySegment.ofArray(Tensors.floats(floats(name))));
  }
}
