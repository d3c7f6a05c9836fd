package dev.tuneline.engine.adapter.ia3;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.Initial;
import dev.tuneline.engine.adapter.module.MergedWeights;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * A projection with a scaled input or output.
 *
 * @param feedforward whether it is the input
 * @param vector [1, in] for the input, [out, 1] for the output
 * @param ones whether the vector begins as ones, else it is normal
 */
record Ia3Linear(Linear base, boolean feedforward, PtNDArray vector, boolean ones)
    implements AdaptedModule {
  static Ia3Linear zeros(Linear base, boolean feedforward, boolean ones, PtNDManager manager) {
    PtNDArray vector =
        feedforward ? Tensors.zeros(manager, 1, base.in()) : Tensors.zeros(manager, base.out(), 1);
    return new Ia3Linear(base, feedforward, Scope.own(vector), ones);
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    return new LinkedHashMap<>(Map.of("ia3_l", vector));
  }

  @Override
  public void initialise(SplittableRandom random) {
    if (ones) {
      Initial.constant(vector, 1);
    } else {
      Initial.normal(vector, 1, random);
    }
  }

  @Override
  public PtNDArray input(PtNDArray x) {
    return feedforward ? JniUtils.mul(x, vector) : x;
  }

  /** The bias is scaled too. */
  @Override
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    return feedforward ? y : JniUtils.mul(y, flat());
  }

  private PtNDArray flat() {
    return JniUtils.reshape(vector, new long[] {-1});
  }

  @Override
  public void merge(MergedWeights weights) {
    weights.weight(base, JniUtils.mul(base.matrix().dense(), vector));
    if (!feedforward && base.bias() != null) {
      weights.bias(base, JniUtils.mul(base.bias(), flat()));
    }
  }
}
