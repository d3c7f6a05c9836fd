package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.MergedWeights;
import dev.tuneline.engine.arch.Linear;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A projection whose sum with a low-rank matrix has rows of trained lengths (DoRA). */
record DoraLinear(LoraLinear lora, Magnitude magnitude) implements AdaptedModule {
  private Linear base() {
    return lora.base();
  }

  @Override
  public String module() {
    return lora.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = lora.parameters();
    parameters.put(Magnitude.NAME, magnitude.vector());
    return parameters;
  }

  @Override
  public void initialise(SplittableRandom random) {
    lora.initialise(random);
    magnitude.initialise(sum());
  }

  @Override
  public void freeze() {
    magnitude.freeze(sum());
  }

  @Override
  public OptionalDouble scaling() {
    return lora.scaling();
  }

  /** As PEFT: the rows' factors act on what dropout left, and the bias stays outside of them. */
  @Override
  @SuppressWarnings("ReferenceEquality") // equals of tensors compares their elements
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    PtNDArray factors = magnitude.factors(base().matrix().dense(), lora.factors());
    PtNDArray in = dropout.apply(x);
    @Nullable PtNDArray bias = base().bias();
    if (in != x) {
      PtNDArray product = base().matrix().multiply(in, null);
      PtNDArray scaled = JniUtils.mul(lora.factors().add(in, product), factors);
      return JniUtils.add(JniUtils.sub(y, product), scaled);
    }
    PtNDArray product = bias == null ? y : JniUtils.sub(y, bias);
    PtNDArray scaled = JniUtils.mul(lora.factors().add(in, product), factors);
    return bias == null ? scaled : JniUtils.add(scaled, bias);
  }

  @Override
  public void merge(MergedWeights weights) {
    PtNDArray factors = magnitude.factors(base().matrix().dense(), lora.factors());
    weights.weight(base(), JniUtils.mul(sum(), JniUtils.unsqueeze(factors, 1)));
  }

  private PtNDArray sum() {
    return lora.factors().addTo(base().matrix().dense());
  }
}
