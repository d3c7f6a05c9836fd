package dev.tuneline.engine.adapter;

import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.Map;

/**
 * A loaded adapter that decoders run with; any number of threads at once while nothing trains it.
 *
 * <p>{@link #close} frees its native memory; no forward may use it then.
 */
public interface Adapter extends Adaptation, AutoCloseable {
  /** The method's name in {@link Methods}. */
  String method();

  /** Number of its values. */
  long parameterCount();

  /**
   * The factor on the low-rank product of each adapted module, by the module's name; empty where
   * the method has no such factor.
   */
  default Map<String, Double> scalings() {
    return Map.of();
  }

  /**
   * Writes the base model with this adapter's effect in its weights, a complete model folder.
   *
   * @throws Problem UNMERGEABLE_ADAPTER where the method's effect is not one of weights
   */
  default void saveMerged(Path folder) {
    throw Problem.caller(
        "UNMERGEABLE_ADAPTER", "an adapter of method " + method() + " has no merged weights");
  }

  @Override
  void close();
}
