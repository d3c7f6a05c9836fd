package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.LowRank;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What an adapter does to one module of a base model. */
public interface AdaptedModule {
  /** Dotted name of the module in transformers. */
  String module();

  /** The trained tensors by what follows the module's name in adapter files. */
  SequencedMap<String, PtNDArray> parameters();

  /** Gives the parameters their first values. */
  void initialise(SplittableRandom random);

  /** The tensors that are saved, named alike; called in a scope, with gradient mode off. */
  default SequencedMap<String, PtNDArray> saved() {
    return parameters();
  }

  /**
   * Tensors that files may hold besides and that must equal these; PEFT writes the biases of {@code
   * modules_to_save} thrice where all biases are trained.
   */
  default Map<String, PtNDArray> copies() {
    return Map.of();
  }

  /** Called once when the parameters have been loaded and stay as they are from now on. */
  default void freeze() {}

  /** Whether weight decay applies to a parameter. */
  default boolean decays(String parameter) {
    return true;
  }

  /** Values that the model has more with it than without. */
  default long added() {
    return parameters().values().stream().mapToLong(PtNDArray::size).sum();
  }

  /** What a low-rank product is multiplied with; empty where there is none. */
  default OptionalDouble scaling() {
    return OptionalDouble.empty();
  }

  /** What the projection multiplies instead of x [rows, in]. */
  default PtNDArray input(PtNDArray x) {
    return x;
  }

  /**
   * The projection's adapted output.
   *
   * @param x its input [rows, in]
   * @param y its output so far [rows, out], which may be overwritten
   * @param dropout the identity when nothing is trained
   */
  default PtNDArray output(PtNDArray x, PtNDArray y, UnaryOperator<PtNDArray> dropout) {
    return y;
  }

  /**
   * What {@link #output} adds, where it is a low-rank product; null where it is anything else.
   *
   * @param mask of the dropout; null for none
   */
  default @Nullable LowRank lowRank(@Nullable UnaryOperator<PtNDArray> mask) {
    return null;
  }

  /** The adapted embeddings, from ids [rows] and what they are so far [rows, hidden]. */
  default PtNDArray embedded(PtNDArray ids, PtNDArray y) {
    return y;
  }

  /** The norm's adapted output, from its input x and its output so far. */
  default PtNDArray normalised(PtNDArray x, PtNDArray y) {
    return y;
  }

  /** Puts the change into weights; called in a scope, with gradient mode off. */
  void merge(MergedWeights weights);
}
