package dev.tuneline.engine.arch.block;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.tensor.Scope;
import java.util.List;
import java.util.stream.Stream;

/**
 * x + attention(norm(x)), then x + mlp(norm(x)).
 *
 * @param residualAfterNorm whether the normalised rows, not x, are what each half adds to
 */
public record PreNormBlock(
    Norm attentionNorm, SelfAttention attention, Norm mlpNorm, Mlp mlp, boolean residualAfterNorm)
    implements Block {
  /** The usual block, which adds to x. */
  public PreNormBlock(Norm attentionNorm, SelfAttention attention, Norm mlpNorm, Mlp mlp) {
    this(attentionNorm, attention, mlpNorm, mlp, false);
  }

  @Override
  public PtNDArray forward(PtNDArray x, Pass pass) {
    PtNDArray middle;
    try (Scope scope = new Scope()) {
      PtNDArray normed = attentionNorm.apply(x);
      PtNDArray residual = residualAfterNorm ? normed : x;
      PtNDArray attended = attention.apply(normed, pass);
      middle = scope.keep(JniUtils.add(pass.leaving().of(residual), attended));
    }
    try (Scope scope = new Scope()) {
      PtNDArray normed = mlpNorm.apply(middle);
      PtNDArray residual = residualAfterNorm ? normed : middle;
      return scope.keep(JniUtils.add(residual, mlp.apply(normed, pass.leaving().adapted())));
    }
  }

  @Override
  public int window() {
    return attention.window();
  }

  @Override
  public List<Linear> linears() {
    return Stream.concat(attention.linears().stream(), mlp.linears().stream()).toList();
  }
}
