package dev.tuneline.engine.adapter.module;

import ai.djl.pytorch.engine.PtNDArray;
import java.util.Collections;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** What a method does in training beside descending the loss; see {@code Tunable}. */
public interface TrainingRule {
  TrainingRule NONE = new TrainingRule() {};

  /** Checks what depends on the length of the job. */
  default void planned(int totalSteps) {}

  /** Added to the loss, without dimensions; null for nothing. */
  default @Nullable PtNDArray penalty() {
    return null;
  }

  /** Called after each update, while the gradients are still there. */
  default void updated(int step, int totalSteps, double gradientScale) {}

  /** What a resumed job needs beside parameters. */
  default SequencedMap<String, PtNDArray> state() {
    return Collections.emptyNavigableMap();
  }
}
