package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.List;

/**
 * Keys and values that stand before a sequence's own, in every layer; keys are used as they are.
 *
 * @param length how many positions they take
 * @param keys [kvHeads, length, headDim] for each layer
 * @param values [kvHeads, length, headDim] for each layer
 */
public record Prefix(int length, List<PtNDArray> keys, List<PtNDArray> values) {
  public Prefix {
    keys = List.copyOf(keys);
    values = List.copyOf(values);
    if (length < 1 || keys.size() != values.size()) {
      throw new IllegalArgumentException("a prefix holds keys and values of every layer");
    }
  }
}
