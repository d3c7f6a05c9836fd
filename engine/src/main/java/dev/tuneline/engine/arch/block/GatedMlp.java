package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** down(silu(gate(x)) * up(x)) (Shazeer 2020). */
public record GatedMlp(Activation activation, Linear gate, Linear up, Linear down) implements Mlp {
  @Override
  public PtNDArray apply(PtNDArray x, AdaptedRows rows) {
    PtNDArray activated = activation.apply(gate.apply(x, rows)); // [rows, intermediate]
    return down.apply(JniUtils.mul(activated, up.apply(x, rows)), rows);
  }

  @Override
  public List<Linear> linears() {
    return List.of(gate, up, down);
  }

  /** The same with gate and up as the two halves of one projection. */
  public record Fused(Activation activation, Linear gateUp, Linear down) implements Mlp {
    @Override
    public PtNDArray apply(PtNDArray x, AdaptedRows rows) {
      // One split, not two slices: the backward of a slice fills a whole gradient.
      NDList halves = JniUtils.split(gateUp.apply(x, rows), down.in(), 1);
      PtNDArray activated = activation.apply((PtNDArray) halves.get(0));
      return down.apply(JniUtils.mul(activated, (PtNDArray) halves.get(1)), rows);
    }

    @Override
    public List<Linear> linears() {
      return List.of(gateUp, down);
    }
  }
}
