package dev.tuneline.engine.arch;

import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Weights of the right sizes that all are views of one zero: they take no memory. */
final class OutlineWeights implements WeightSource {
  private final Blueprint blueprint;
  private final PtNDArray zero;

  OutlineWeights(Blueprint blueprint, PtNDManager manager) {
    this.blueprint = blueprint;
    this.zero = Scope.own(Tensors.zeros(manager, 1));
  }

  @Override
  public boolean hasValues() {
    return false;
  }

  @Override
  public PtNDArray floats(String name) {
    long[] shape =
        Objects.requireNonNull(blueprint.weights().get(name), name).stream()
            .mapToLong(Long::longValue)
            .toArray();
    return Scope.own(JniUtils.broadcast(zero, new Shape(shape)));
  }

  @Override
  public PtNDArray bfloat16(String name) {
    return floats(name);
  }

  @Override
  public void copyFloats(String name, MemorySegment target) {
    target.fill((byte) 0);
  }
}
