package dev.tuneline.engine.adapter.prompt;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.DropoutMasks;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One module of an encoder. */
interface Stage {
  /** Its trained tensors by name, in a fixed order. */
  default SequencedMap<String, PtNDArray> parameters() {
    return Collections.emptyNavigableMap();
  }

  /**
   * x [virtual tokens, in] -> [virtual tokens, out].
   *
   * @param masks null for no dropout
   */
  PtNDArray apply(PtNDArray x, @Nullable DropoutMasks masks);

  /** A function of every element. */
  record Elementwise(UnaryOperator<PtNDArray> function) implements Stage {
    @Override
    public PtNDArray apply(PtNDArray x, @Nullable DropoutMasks masks) {
      return function.apply(x);
    }
  }

  /**
   * torch.nn.Linear.
   *
   * @param weight [out, in]
   * @param bias [out]
   */
  record Dense(String module, PtNDArray weight, PtNDArray bias) implements Stage {
    static Dense fresh(String module, int in, int out, Fresh fresh) {
      return new Dense(
          module,
          fresh.uniform(module + ".weight", in, out, in),
          fresh.uniform(module + ".bias", in, out));
    }

    @Override
    public SequencedMap<String, PtNDArray> parameters() {
      return new LinkedHashMap<>(Map.of(module + ".weight", weight, module + ".bias", bias));
    }

    @Override
    public PtNDArray apply(PtNDArray x, @Nullable DropoutMasks masks) {
      return JniUtils.linear(x, weight, bias);
    }
  }
}
