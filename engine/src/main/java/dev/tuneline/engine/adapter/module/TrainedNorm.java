package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Norm;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** A norm whose weight and bias, or bias alone, are trained in place of the base model's. */
final class TrainedNorm implements AdaptedModule {
  private final Norm base;
  private final @Nullable PtNDArray weight;
  private final @Nullable PtNDArray bias;

  /**
   * A norm yet without values.
   *
   * @param whole whether it is one of {@code modules_to_save}, not only its bias trained
   */
  TrainedNorm(Norm base, boolean whole, PtNDManager manager) {
    int width = Math.toIntExact(base.weight().getShape().get(0));
    this.base = base;
    this.weight = whole ? Scope.own(Tensors.zeros(manager, width)) : null;
    this.bias = base.bias() == null ? null : Scope.own(Tensors.zeros(manager, width));
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    if (weight != null) {
      parameters.put("weight", weight);
    }
    if (bias != null) {
      parameters.put("bias", bias);
    }
    return parameters;
  }

  @Override
  public void initialise(SplittableRandom random) {
    if (weight != null) {
      Tensors.write(weight, Tensors.floats(base.weight()));
    }
    if (bias != null && base.bias() != null) {
      Tensors.write(bias, Tensors.floats(base.bias()));
    }
  }

  @Override
  public Map<String, PtNDArray> copies() {
    return weight != null && bias != null && base.bias() != null
        ? Map.of("modules_to_save.bias", bias, "original_module.bias", base.bias())
        : Map.of();
  }

  @Override
  public boolean decays(String parameter) {
    return false;
  }

  /** A bias alone takes another's place; a whole norm is a copy beside the base model's. */
  @Override
  public long added() {
    return weight == null ? 0 : AdaptedModule.super.added();
  }

  @Override
  public PtNDArray normalised(PtNDArray x, PtNDArray y) {
    return base.apply(x, weight == null ? base.weight() : weight, bias);
  }

  @Override
  public void merge(MergedWeights weights) {
    parameters().forEach((name, values) -> weights.norm(base, name, values));
  }
}
