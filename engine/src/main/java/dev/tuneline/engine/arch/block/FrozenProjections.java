package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.LowRank;
import dev.tuneline.engine.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Projections of one input that an adapter adds low-rank products to, or nothing, and their
 * backward by hand: autograd would keep their inputs and outputs. Used with gradient mode off.
 */
record FrozenProjections(List<Linear> linears, List<LowRankGroup> lowRanks) {
  /**
   * What a forward gave.
   *
   * @param outputs [rows, out] of each projection
   * @param lows of each group of low-rank products
   */
  record Product(List<PtNDArray> outputs, List<PtNDArray> lows) {
    /** Lets it outlive {@code scope}. */
    Product keptBy(Scope scope) {
      outputs.forEach(scope::keep);
      lows.forEach(scope::keep);
      return this;
    }

    void close() {
      outputs.forEach(PtNDArray::close);
      lows.forEach(PtNDArray::close);
    }
  }

  /** {@code linears} with what is added to them; null where something else happens to one. */
  static @Nullable FrozenProjections of(List<Linear> linears, AdaptedRows rows) {
    List<@Nullable LowRank> changes = new ArrayList<>();
    for (Linear linear : linears) {
      @Nullable LowRank change = rows.lowRank(linear);
      if (linear.trained() || (change == null && rows.adapt(linear))) {
        return null;
      }
      changes.add(change);
    }
    return new FrozenProjections(linears, LowRankGroup.of(changes));
  }

  boolean trained() {
    return lowRanks.stream().anyMatch(LowRankGroup::trained);
  }

  /** x [rows, in], projected. */
  Product multiply(PtNDArray x) {
    List<PtNDArray> outputs =
        linears.stream().map(linear -> linear.matrix().multiply(x, linear.bias())).toList();
    List<PtNDArray> lows = lows(x);
    for (int i = 0; i < lows.size(); i++) {
      lowRanks.get(i).addTo(outputs, lows.get(i));
    }
    return new Product(outputs, lows);
  }

  /** Those of a {@link Product} of x. */
  List<PtNDArray> lows(PtNDArray x) {
    return lowRanks.stream().map(group -> group.low(x)).toList();
  }

  /**
   * Adds to the gradients of the low-rank products.
   *
   * @param gradients of the outputs
   * @param further whether the gradient of x is asked for
   * @return it, else null
   */
  @Nullable PtNDArray backward(
      PtNDArray x, List<PtNDArray> lows, List<PtNDArray> gradients, boolean further) {
    @Nullable PtNDArray input = null;
    for (int i = 0; further && i < linears.size(); i++) {
      PtNDArray part = linears.get(i).matrix().multiplyBack(gradients.get(i));
      if (input == null) {
        input = part;
      } else {
        JniUtils.addi(input, part);
        part.close();
      }
    }
    for (int i = 0; i < lowRanks.size(); i++) {
      lowRanks.get(i).backward(x, lows.get(i), gradients, input);
    }
    return input;
  }
}
