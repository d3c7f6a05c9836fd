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

/** A projection's bias, trained in place of the base model's. */
final class TrainedBias implements AdaptedModule {
  private final Linear base;
  private final PtNDArray frozen;
  private final PtNDArray bias;
  private final String name;

  /**
   * A bias yet without values.
   *
   * @param wrapped whether another change adapts the projection, which PEFT's name of it shows
   */
  TrainedBias(Linear base, PtNDArray frozen, boolean wrapped, PtNDManager manager) {
    this.base = base;
    this.frozen = frozen;
    this.bias = Scope.own(Tensors.zeros(manager, base.out()));
    this.name = wrapped ? "base_layer.bias" : "bias";
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return new LinkedHashMap<>(Map.of(name, bias));
  }

  @Override
  public void initialise(SplittableRandom random) {
    Tensors.write(bias, Tensors.floats(frozen));
  }

  @Override
  public boolean decays(String parameter) {
    return false;
  }

  /** It takes another's place. */
  @Override
  public long added() {
    return 0;
  }

  @Override
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    return JniUtils.add(y, JniUtils.sub(bias, frozen));
  }

  @Override
  public void merge(MergedWeights weights) {
    weights.bias(base, bias);
  }
}
