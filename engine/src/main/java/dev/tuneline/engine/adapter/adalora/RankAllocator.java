package dev.tuneline.engine.adapter.adalora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.TrainingRule;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/**
 * Gives up the least important ranks of all modules as the budget shrinks (Zhang et al. 2023,
 * section 3), equal to PEFT's {@code RankAllocator}.
 */
final class RankAllocator implements TrainingRule {
  private final AdaLoraConfig config;
  private final List<AdaLoraLinear> modules;
  private final SequencedMap<String, Importance> importances = new LinkedHashMap<>();
  private final PtNDManager manager;
  private @Nullable BudgetSchedule schedule;

  RankAllocator(AdaLoraConfig config, List<AdaLoraLinear> modules, PtNDManager manager) {
    this.config = config;
    this.modules = List.copyOf(modules);
    this.manager = manager;
    for (AdaLoraLinear module : modules) {
      module
          .parameters()
          .forEach((name, p) -> importances.put(key(module, name), new Importance(p, manager)));
    }
  }

  private static String key(AdaLoraLinear module, String tensor) {
    return module.module() + "." + tensor;
  }

  @Override
  public void planned(int totalSteps) {
    schedule = config.schedule().over(totalSteps);
  }

  /** The weighted mean over A and B of ||P P^T - I||, so that both stay orthogonal. */
  @Override
  public @Nullable PtNDArray penalty() {
    if (config.orthogonality() == 0) {
      return null;
    }
    try (Scope scope = new Scope()) {
      PtNDArray sum = Tensors.scalar(manager, 0);
      for (AdaLoraLinear module : modules) {
        sum = JniUtils.add(sum, distance(module.a()));
        sum = JniUtils.add(sum, distance(JniUtils.transpose(module.b(), 0, 1)));
      }
      double weight = config.orthogonality() / (2.0 * modules.size());
      return scope.keep(JniUtils.mul(sum, Tensors.scalar(manager, weight)));
    }
  }

  private PtNDArray distance(PtNDArray vectors) {
    int rank = Math.toIntExact(vectors.getShape().get(0));
    float[] identity = new float[rank * rank];
    for (int i = 0; i < rank; i++) {
      identity[i * rank + i] = 1;
    }
    PtNDArray products = JniUtils.matmul(vectors, JniUtils.transpose(vectors, 0, 1));
    PtNDArray rest = JniUtils.sub(products, Tensors.ofFloats(manager, identity, rank, rank));
    return JniUtils.sqrt(JniUtils.sum(JniUtils.square(rest)));
  }

  @Override
  public void updated(int step, int totalSteps, double gradientScale) {
    BudgetSchedule plan = schedule == null ? config.schedule().over(totalSteps) : schedule;
    if (!plan.isSettled(step) && !plan.fixesRanks(step)) {
      for (AdaLoraLinear module : modules) {
        module
            .parameters()
            .forEach(
                (name, p) ->
                    importance(module, name)
                        .observe(p, gradientScale, config.beta1(), config.beta2()));
      }
    }
    if (plan.prunes(step)) {
      keep(plan.budget(step, modules.size()));
    }
    if (plan.prunes(step) || plan.isSettled(step)) {
      modules.forEach(RankAllocator::clear);
    }
  }

  private Importance importance(AdaLoraLinear module, String tensor) {
    return Objects.requireNonNull(importances.get(key(module, tensor)));
  }

  /** Keeps the {@code budget} most important ranks of all modules; one of equals may go too. */
  private void keep(int budget) {
    List<float[]> scores = modules.stream().map(this::scores).toList();
    float[] all = new float[modules.stream().mapToInt(AdaLoraLinear::rank).sum()];
    int at = 0;
    for (float[] own : scores) {
      System.arraycopy(own, 0, all, at, own.length);
      at += own.length;
    }
    Arrays.sort(all);
    int surplus = all.length - budget;
    float threshold = surplus == 0 ? Float.NEGATIVE_INFINITY : all[surplus - 1];
    for (int m = 0; m < modules.size(); m++) {
      float[] own = scores.get(m);
      float[] kept = new float[own.length];
      for (int i = 0; i < own.length; i++) {
        kept[i] = own[i] <= threshold ? 0 : 1;
      }
      Tensors.write(modules.get(m).kept(), kept);
    }
  }

  /** A rank's importance: that of its singular value plus the means of its two vectors'. */
  private float[] scores(AdaLoraLinear module) {
    int rank = module.rank();
    float[] values = importance(module, AdaLoraLinear.E).scores();
    float[] right = importance(module, AdaLoraLinear.A).scores();
    float[] left = importance(module, AdaLoraLinear.B).scores();
    int in = right.length / rank;
    int out = left.length / rank;
    float[] scores = new float[rank];
    for (int i = 0; i < rank; i++) {
      double a = 0;
      for (int j = 0; j < in; j++) {
        a += right[i * in + j];
      }
      double b = 0;
      for (int j = 0; j < out; j++) {
        b += left[j * rank + i];
      }
      scores[i] = values[i] + ((float) (a / in) + (float) (b / out));
    }
    return scores;
  }

  private static void clear(AdaLoraLinear module) {
    float[] values = Tensors.floats(module.e());
    float[] kept = Tensors.floats(module.kept());
    for (int i = 0; i < values.length; i++) {
      values[i] = kept[i] == 0 ? 0 : values[i];
    }
    Tensors.write(module.e(), values);
  }

  @Override
  public SequencedMap<String, PtNDArray> state() {
    SequencedMap<String, PtNDArray> state = new LinkedHashMap<>();
    modules.forEach(module -> state.put(key(module, "kept"), module.kept()));
    List<String> names = new ArrayList<>(importances.keySet());
    for (String name : names) {
      Importance importance = Objects.requireNonNull(importances.get(name));
      state.put(name + ".sensitivity", importance.sensitivity());
      state.put(name + ".uncertainty", importance.uncertainty());
    }
    return state;
  }
}
