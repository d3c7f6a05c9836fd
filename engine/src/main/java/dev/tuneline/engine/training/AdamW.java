package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019), equal to torch.optim.AdamW. */
public final class AdamW implements Optimizer {
  /** A negative bound leaves single gradient elements as they are; zero would clamp them. */
  private static final float NO_CLAMP = -1;

  private final OptimizerSpec spec;
  private final PtNDManager manager = Torch.newManager();
  private final SequencedMap<String, PtNDArray> first = new LinkedHashMap<>();
  private final SequencedMap<String, PtNDArray> second = new LinkedHashMap<>();

  /** Zero moments for {@code parameters}. */
  public AdamW(OptimizerSpec spec, Map<String, PtNDArray> parameters) {
    this.spec = spec;
    parameters.forEach(
        (name, p) -> {
          first.put(name, Scope.own(Tensors.zeros(manager, p.getShape().getShape())));
          second.put(name, Scope.own(Tensors.zeros(manager, p.getShape().getShape())));
        });
  }

  @Override
  public void update(
      String name,
      PtNDArray parameter,
      PtNDArray gradient,
      int step,
      double learningRate,
      double gradientScale,
      boolean decay) {
    double correction1 = 1 - Math.pow(spec.beta1(), step + 1);
    double correction2 = Math.sqrt(1 - Math.pow(spec.beta2(), step + 1));
    // The native update divides by sqrt(v) + eps; scaling eps like sqrt(v) makes it PyTorch's
    // sqrt(v) / correction2 + eps.
    JniUtils.adamUpdate(
        parameter,
        gradient,
        Objects.requireNonNull(first.get(name), name),
        Objects.requireNonNull(second.get(name), name),
        (float) learningRate,
        (float) (learningRate * correction2 / correction1),
        decay ? (float) spec.weightDecay() : 0,
        (float) gradientScale,
        NO_CLAMP,
        (float) spec.beta1(),
        (float) spec.beta2(),
        (float) (spec.epsilon() * correction2),
        true);
  }

  /** The moments by the names {@code first.<parameter>} and {@code second.<parameter>}. */
  @Override
  public SequencedMap<String, PtNDArray> moments() {
    SequencedMap<String, PtNDArray> moments = new LinkedHashMap<>();
    first.forEach((name, array) -> moments.put("first." + name, array));
    second.forEach((name, array) -> moments.put("second." + name, array));
    return Collections.unmodifiableSequencedMap(moments);
  }

  @Override
  public void close() {
    manager.close();
  }
}
