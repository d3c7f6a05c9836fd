package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Linear;
import java.util.List;

/** down(silu(gate(x)) * up(x)) (Shazeer 2020). */
public record GatedMlp(Activation activation, Linear gate, Linear up, Linear down) implements Half {
  @Override
  public List<Linear> inward() {
    return List.of(gate, up);
  }

  @Override
  public PtNDArray between(List<PtNDArray> projected, Pass pass) {
    return JniUtils.mul(activation.apply(projected.get(0)), projected.get(1));
  }

  @Override
  public Linear outward() {
    return down;
  }

  /** The same with gate and up as the two halves of one projection. */
  public record Fused(Activation activation, Linear gateUp, Linear down) implements Half {
    @Override
    public List<Linear> inward() {
      return List.of(gateUp);
    }

    @Override
    public PtNDArray between(List<PtNDArray> projected, Pass pass) {
      // One split, not two slices: the backward of a slice fills a whole gradient.
      NDList halves = JniUtils.split(projected.getFirst(), down.in(), 1);
      PtNDArray activated = activation.apply((PtNDArray) halves.get(0));
      return JniUtils.mul(activated, (PtNDArray) halves.get(1));
    }

    @Override
    public Linear outward() {
      return down;
    }
  }
}
