package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** down(activation(up(x))). */
public record PlainMlp(Activation activation, Linear up, Linear down) implements Mlp {
  @Override
  public PtNDArray apply(PtNDArray x, AdaptedRows rows) {
    return down.apply(activation.apply(up.apply(x, rows)), rows);
  }

  @Override
  public List<Linear> linears() {
    return List.of(up, down);
  }
}
