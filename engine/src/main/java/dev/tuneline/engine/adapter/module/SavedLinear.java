package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A projection of {@code modules_to_save}: trained whole, as a copy in the files' orientation. */
final class SavedLinear implements AdaptedModule {
  private final Linear base;
  private final PtNDArray weight;
  private final @Nullable PtNDArray bias;

  SavedLinear(Linear base, PtNDManager manager) {
    this.base = base;
    PtNDArray like = base.matrix().stored(base.matrix().dense());
    this.weight = Scope.own(Tensors.zeros(manager, like.getShape().getShape()));
    this.bias = base.bias() == null ? null : Scope.own(Tensors.zeros(manager, base.out()));
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    parameters.put("weight", weight);
    if (bias != null) {
      parameters.put("bias", bias);
    }
    return parameters;
  }

  @Override
  public void initialise(SplittableRandom random) {
    Tensors.write(weight, Tensors.floats(base.matrix().stored(base.matrix().dense())));
    if (bias != null && base.bias() != null) {
      Tensors.write(bias, Tensors.floats(base.bias()));
    }
  }

  @Override
  public Map<String, PtNDArray> copies() {
    return bias != null && base.bias() != null
        ? Map.of("modules_to_save.bias", bias, "original_module.bias", base.bias())
        : Map.of();
  }

  @Override
  public boolean decays(String parameter) {
    return !parameter.equals("bias");
  }

  @Override
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    return JniUtils.linear(x, dense(), bias);
  }

  /** The orientation of files is its own inverse. */
  private PtNDArray dense() {
    return base.matrix().stored(weight);
  }

  @Override
  public void merge(MergedWeights weights) {
    weights.weight(base, dense());
    if (bias != null) {
      weights.bias(base, bias);
    }
  }
}
