package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.Norm;
import java.util.List;
import java.util.stream.Stream;

/** x + attention(norm(x)), then x + mlp(norm(x)). */
public record PreNormBlock(ResidualHalf attention, ResidualHalf mlp, int window) implements Block {
  /**
   * @param residualAfterNorm whether the normalised rows, not x, are what each half adds to
   */
  public PreNormBlock(
      Norm attentionNorm,
      SelfAttention attention,
      Norm mlpNorm,
      Half mlp,
      boolean residualAfterNorm) {
    this(
        new ResidualHalf(attentionNorm, attention, residualAfterNorm),
        new ResidualHalf(mlpNorm, mlp, residualAfterNorm),
        attention.window());
  }

  /** The usual block, which adds to x. */
  public PreNormBlock(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, Half mlp) {
    this(attentionNorm, attention, mlpNorm, mlp, false);
  }

  @Override
  public PtNDArray forward(PtNDArray x, Pass pass) {
    return mlp.forward(attention.forward(x, pass), pass.left());
  }

  @Override
  public Trace trace(PtNDArray x, Pass pass, boolean further) {
    Trace lower = attention.trace(x, pass, further);
    PtNDArray middle = lower.output();
    return new TracePair(lower, mlp.trace(middle, pass.left(), further || lower.trained()));
  }

  @Override
  public List<Norm> norms() {
    return Stream.of(attention, mlp).flatMap(half -> half.norms().stream()).toList();
  }

  @Override
  public List<Linear> linears() {
    return Stream.of(attention, mlp).flatMap(half -> half.half().linears().stream()).toList();
  }
}
