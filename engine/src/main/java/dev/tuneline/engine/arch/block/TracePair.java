package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import org.jspecify.annotations.Nullable;

/** Two parts, one after the other. */
record TracePair(Trace lower, Trace upper) implements Trace {
  @Override
  public PtNDArray output() {
    return upper.output();
  }

  @Override
  public boolean trained() {
    return lower.trained() || upper.trained();
  }

  @Override
  public @Nullable PtNDArray backward(PtNDArray gradient) {
    @Nullable PtNDArray middle = upper.backward(gradient);
    upper.close();
    return middle == null ? null : lower.backward(middle);
  }

  @Override
  public void close() {
    upper.close();
    lower.output().close();
    lower.close();
  }
}
