package dev.tuneline.engine.arch;

import ai.djl.pytorch.engine.PtNDArray;
import java.lang.foreign.MemorySegment;

/** Where a model's weights come from while its decoder is built. */
interface WeightSource {
  /** A weight in fp32, which lives as long as the model. */
  PtNDArray floats(String name);

  /** A weight in bf16, which lives as long as the model. */
  PtNDArray bfloat16(String name);

  /** Whether there are values, or sizes alone. */
  default boolean hasValues() {
    return true;
  }

  /** Writes a weight's elements as fp32 in native order. */
  void copyFloats(String name, MemorySegment target);
}
