package dev.tuneline.engine.adapter.lora;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.MergedWeights;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.LowRank;
import java.util.LinkedHashMap;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A projection with a low-rank matrix added (Hu et al. 2021). */
record LoraLinear(Linear base, Factors factors, LoraConfig.Init init) implements AdaptedModule {
  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    parameters.put("lora_A.weight", factors.a());
    parameters.put("lora_B.weight", factors.b());
    return parameters;
  }

  @Override
  public void initialise(SplittableRandom random) {
    factors.initialise(init, random);
  }

  @Override
  public OptionalDouble scaling() {
    return OptionalDouble.of(factors.scaling());
  }

  @Override
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    return factors.addInto(y, dropout.apply(x));
  }

  @Override
  public LowRank lowRank(@Nullable UnaryOperator<PtNDArray> mask) {
    return new LowRank(factors.a(), factors.b(), factors.factor(), mask);
  }

  @Override
  public void merge(MergedWeights weights) {
    weights.weight(base, factors.addTo(base.matrix().dense()));
  }
}
