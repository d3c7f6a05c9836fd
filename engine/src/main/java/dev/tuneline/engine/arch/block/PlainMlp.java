package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** down(activation(up(x))). */
public record PlainMlp(Activation activation, Linear up, Linear down) implements Half {
  @Override
  public List<Linear> inward() {
    return List.of(up);
  }

  @Override
  public PtNDArray between(List<PtNDArray> projected, Pass pass) {
    return activation.apply(projected.getFirst());
  }

  @Override
  public Linear outward() {
    return down;
  }
}
