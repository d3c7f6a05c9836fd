package dev.tuneline.engine.adapter;

import ai.djl.pytorch.engine.PtNDArray;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.arch.Adaptation;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** What a job trains: an adapter, or the model itself. Used by one thread at a time. */
public interface Tunable extends AutoCloseable {
  /** The method's name in {@link Methods}. */
  String method();

  /** The options that {@link Method#start} took, complete. */
  ObjectNode options();

  /** The tensors that gradients flow into, by their names in the saved files, in a fixed order. */
  SequencedMap<String, PtNDArray> parameters();

  /** Whether weight decay applies to a parameter. */
  boolean decays(String parameter);

  /**
   * What to run the base model with in one training forward; null to run it as it is. Called with
   * gradient mode on, inside the forward's scope: what it computes from the parameters is recorded.
   */
  @Nullable Adaptation adaptation(DropoutMasks masks);

  /** What to run the base model with when only values are wanted: no dropout. */
  @Nullable Adaptation adaptation();

  /** What is added to the loss of every micro-batch, without dimensions; null for nothing. */
  default @Nullable PtNDArray penalty() {
    return null;
  }

  /**
   * Called before the first step, also of a resumed job.
   *
   * @param totalSteps optimizer steps of the whole job
   * @throws dev.tuneline.errors.Problem when the method's schedule does not fit them
   */
  default void planned(int totalSteps) {}

  /**
   * Called after each optimizer update, while the gradients are still there.
   *
   * @param step optimizer steps done, this one included
   * @param totalSteps of the whole job
   * @param gradientScale what clipping multiplied the gradients with, before which they are seen
   */
  default void updated(int step, int totalSteps, double gradientScale) {}

  /** Tensors beside {@link #parameters} that a resumed job needs, in a fixed order. */
  default SequencedMap<String, PtNDArray> state() {
    return Collections.emptyNavigableMap();
  }

  /** Writes what was tuned into an existing, empty folder, in the layout others read. */
  void save(Path folder);

  /** Number of trained values. */
  default long parameterCount() {
    return parameters().values().stream().mapToLong(PtNDArray::size).sum();
  }

  /** How much of the model this trains. */
  TrainableCount count();

  @Override
  void close();
}
