package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.LowRank;
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Low-rank products of one input, whose first factors are multiplied as one. Its methods run with
 * gradient mode off.
 *
 * @param members which of the projections of that input each belongs to
 * @param mask of the input; null for none
 */
record LowRankGroup(
    List<LowRank> products, List<Integer> members, @Nullable UnaryOperator<PtNDArray> mask) {

  /** The products by the inputs that they have in common: each dropout makes one of its own. */
  static List<LowRankGroup> of(List<@Nullable LowRank> changes) {
    List<LowRankGroup> groups = new ArrayList<>();
    LowRankGroup whole = new LowRankGroup(new ArrayList<>(), new ArrayList<>(), null);
    for (int i = 0; i < changes.size(); i++) {
      @Nullable LowRank change = changes.get(i);
      if (change != null && change.mask() != null) {
        groups.add(new LowRankGroup(List.of(change), List.of(i), change.mask()));
      } else if (change != null) {
        whole.products.add(change);
        whole.members.add(i);
      }
    }
    if (!whole.products.isEmpty()) {
      groups.add(whole);
    }
    return groups;
  }

  boolean trained() {
    return products.stream().anyMatch(LowRank::trained);
  }

  /** The products with the first factors [rows, all ranks], from x [rows, in]. */
  PtNDArray low(PtNDArray x) {
    return JniUtils.linear(mask == null ? x : JniUtils.mul(x, mask.apply(x)), a(), null);
  }

  /** Adds the whole products to what their projections gave. */
  void addTo(List<PtNDArray> outputs, PtNDArray low) {
    List<PtNDArray> lows = apart(low, 1);
    for (int i = 0; i < products.size(); i++) {
      LowRank product = products.get(i);
      PtNDArray output = outputs.get(members.get(i));
      Kernel.ADD_PRODUCT.run(output, lows.get(i), product.b(), product.factor());
    }
  }

  /**
   * From the gradients of all projections' outputs to those of the factors.
   *
   * @param low what {@link #low} gave
   * @param input gradient of x, to which this adds; null where it is not asked for
   */
  void backward(PtNDArray x, PtNDArray low, List<PtNDArray> gradients, @Nullable PtNDArray input) {
    List<PtNDArray> lows = apart(low, 1);
    PtNDArray[] lowGradients = new PtNDArray[products.size()];
    for (int i = 0; i < lowGradients.length; i++) {
      LowRank product = products.get(i);
      PtNDArray gradient = gradients.get(members.get(i));
      lowGradients[i] = JniUtils.mul(JniUtils.matmul(gradient, product.b()), product.factor());
      PtNDArray scaled = JniUtils.mul(lows.get(i), product.factor());
      accumulate(product.b(), JniUtils.matmul(JniUtils.transpose(gradient, 0, 1), scaled));
    }
    PtNDArray lowGradient = together(lowGradients, 1);
    @Nullable PtNDArray dropout = mask == null ? null : mask.apply(x);
    PtNDArray seen = dropout == null ? x : JniUtils.mul(x, dropout);
    List<PtNDArray> first = apart(JniUtils.matmul(JniUtils.transpose(lowGradient, 0, 1), seen), 0);
    for (int i = 0; i < first.size(); i++) {
      accumulate(products.get(i).a(), first.get(i));
    }
    if (input != null) {
      PtNDArray own = JniUtils.matmul(lowGradient, a());
      JniUtils.addi(input, dropout == null ? own : JniUtils.mul(own, dropout));
    }
  }

  /** All first factors [all ranks, in]. */
  private PtNDArray a() {
    return together(products.stream().map(LowRank::a).toArray(PtNDArray[]::new), 0);
  }

  private static PtNDArray together(PtNDArray[] parts, int dimension) {
    return parts.length == 1 ? parts[0] : JniUtils.cat(parts, dimension);
  }

  private List<PtNDArray> apart(PtNDArray all, int dimension) {
    if (products.size() == 1) {
      return List.of(all);
    }
    long[] ranks = products.stream().mapToLong(product -> product.a().getShape().get(0)).toArray();
    return JniUtils.split(all, ranks, dimension).stream().map(PtNDArray.class::cast).toList();
  }

  private static void accumulate(PtNDArray factor, PtNDArray gradient) {
    if (LowRank.trained(factor)) {
      JniUtils.backward(factor, gradient, false, false);
    }
  }
}
