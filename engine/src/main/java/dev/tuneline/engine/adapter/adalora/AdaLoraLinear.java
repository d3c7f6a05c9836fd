package dev.tuneline.engine.adapter.adalora;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.module.AdaptedModule;
import dev.tuneline.engine.adapter.module.Initial;
import dev.tuneline.engine.adapter.module.MergedWeights;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.LowRank;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A projection with scaling * B (A * E) added.
 *
 * @param a right singular vectors [rank, in]
 * @param e singular values [rank, 1]
 * @param b left singular vectors [out, rank]
 * @param kept [rank]: 1 for ranks that are kept, 0 for those given up
 * @param factor {@code value} without dimensions
 * @param normal whether A and B begin with PEFT's small values and E with 0; all normal otherwise
 */
record AdaLoraLinear(
    Linear base,
    PtNDArray a,
    PtNDArray e,
    PtNDArray b,
    PtNDArray kept,
    double value,
    PtNDArray factor,
    boolean normal)
    implements AdaptedModule {
  static final String A = "lora_A";
  static final String B = "lora_B";
  static final String E = "lora_E";

  static AdaLoraLinear zeros(
      Linear base, int rank, double scaling, boolean normal, PtNDManager manager) {
    AdaLoraLinear linear =
        new AdaLoraLinear(
            base,
            Scope.own(Tensors.zeros(manager, rank, base.in())),
            Scope.own(Tensors.zeros(manager, rank, 1)),
            Scope.own(Tensors.zeros(manager, base.out(), rank)),
            Scope.own(Tensors.zeros(manager, rank)),
            scaling,
            Scope.own(Tensors.scalar(manager, scaling)),
            normal);
    Initial.constant(linear.kept, 1);
    return linear;
  }

  @Override
  public String module() {
    return base.module();
  }

  @Override
  public SequencedMap<String, PtNDArray> parameters() {
    SequencedMap<String, PtNDArray> parameters = new LinkedHashMap<>();
    parameters.put(A, a);
    parameters.put(B, b);
    parameters.put(E, e);
    return parameters;
  }

  /** PEFT counts the initial rank, which scaling divides by, as a frozen value. */
  @Override
  public long added() {
    return AdaptedModule.super.added() + 1;
  }

  @Override
  public void initialise(SplittableRandom random) {
    double deviation = normal ? 0.02 : 1;
    Initial.normal(a, deviation, random);
    Initial.normal(b, deviation, random);
    if (!normal) {
      Initial.normal(e, deviation, random);
    }
  }

  @Override
  public OptionalDouble scaling() {
    return OptionalDouble.of(value);
  }

  int rank() {
    return Math.toIntExact(kept.size());
  }

  /** Of each rank, whether it is kept. */
  List<Boolean> keptFlags() {
    List<Boolean> flags = new ArrayList<>();
    for (float flag : Tensors.floats(kept)) {
      flags.add(flag != 0);
    }
    return flags;
  }

  private int[] keptRanks() {
    List<Boolean> flags = keptFlags();
    return IntStream.range(0, flags.size()).filter(flags::get).toArray();
  }

  @Override
  public PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    if (rank() == 0) {
      return y;
    }
    PtNDArray low = JniUtils.linear(dropout.apply(x), JniUtils.mul(a, e), null); // [rows, rank]
    return JniUtils.linear(JniUtils.mul(low, factor), b, y);
  }

  @Override
  public @Nullable LowRank lowRank(@Nullable UnaryOperator<PtNDArray> mask) {
    return rank() == 0 ? null : new LowRank(JniUtils.mul(a, e), b, factor, mask);
  }

  /** Without the ranks that were given up. */
  @Override
  public SequencedMap<String, PtNDArray> saved() {
    PtNDArray ranks = Tensors.ofIndices(a.getManager(), keptRanks());
    SequencedMap<String, PtNDArray> saved = new LinkedHashMap<>();
    saved.put(A, rows(a, ranks));
    saved.put(B, JniUtils.transpose(rows(JniUtils.transpose(b, 0, 1), ranks), 0, 1));
    saved.put(E, rows(e, ranks));
    return saved;
  }

  /** The same matrix as LoRA's two factors: A * E and B. */
  SequencedMap<String, PtNDArray> asLora() {
    SequencedMap<String, PtNDArray> pruned = saved();
    SequencedMap<String, PtNDArray> lora = new LinkedHashMap<>();
    lora.put("lora_A.weight", JniUtils.mul(pruned.get(A), pruned.get(E)));
    lora.put("lora_B.weight", pruned.get(B));
    return lora;
  }

  private static PtNDArray rows(PtNDArray matrix, PtNDArray indices) {
    return JniUtils.embedding(indices, matrix, false);
  }

  @Override
  public void merge(MergedWeights weights) {
    PtNDArray dense = base.matrix().dense();
    if (rank() > 0) {
      PtNDArray product = JniUtils.matmul(b, JniUtils.mul(a, e));
      weights.weight(base, JniUtils.add(dense, JniUtils.mul(product, factor)));
    }
  }
}
