package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter does while a decoder runs; every part of it is optional.
 *
 * <p>A method that leaves something untouched returns the very array it was given.
 */
public interface Adaptation {
  /** What {@code module} multiplies instead of x [rows, in]. */
  default PtNDArray input(Linear module, PtNDArray x) {
    return x;
  }

  /**
   * The adapted output of {@code module}.
   *
   * @param x its input rows [rows, in], as {@link #input} left them
   * @param y the base model's output for them [rows, out], bias included; may be overwritten
   */
  default PtNDArray output(Linear module, PtNDArray x, PtNDArray y) {
    return y;
  }

  /**
   * The adapted embeddings.
   *
   * @param ids token ids, int64 [rows]
   * @param y the base model's embeddings of them [rows, hidden]
   */
  default PtNDArray embedded(Embedding module, PtNDArray ids, PtNDArray y) {
    return y;
  }

  /**
   * The adapted output of a norm.
   *
   * @param x its input [rows, ..., width]
   * @param y the base model's output for them
   */
  default PtNDArray normalised(Norm module, PtNDArray x, PtNDArray y) {
    return y;
  }

  /** Whether {@link #normalised} may do anything to {@code module}. */
  default boolean adapts(Norm module) {
    return false;
  }

  /** Whether {@link #input} or {@link #output} may do anything to {@code module}. */
  default boolean adapts(Linear module) {
    return true;
  }

  /**
   * The low-rank product that it adds to {@code module}, where that is all that it does to it; null
   * where it does something else or nothing. Called with gradient mode on.
   */
  default @Nullable LowRank lowRank(Linear module) {
    return null;
  }

  /** The same for what follows {@code rows} rows of one forward: only chance tells them apart. */
  default Adaptation after(int rows) {
    return this;
  }

  /** Embeddings [virtual tokens, hidden] in front of every sequence; null for none. */
  default @Nullable PtNDArray prompt() {
    return null;
  }

  /** Keys and values in front of every sequence; null for none. */
  default @Nullable Prefix prefix() {
    return null;
  }

  /** Positions that prompt or prefix take from the model's context. */
  default int virtualTokens() {
    @Nullable PtNDArray prompt = prompt();
    @Nullable Prefix prefix = prefix();
    return (prompt == null ? 0 : Math.toIntExact(prompt.getShape().get(0)))
        + (prefix == null ? 0 : prefix.length());
  }
}
