package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Attention;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.RmsNorm;
import dev.tuneline.engine.arch.Rotary;
import dev.tuneline.engine.tensor.Scope;
import java.util.List;

/**
 * One decoder block; T is the number of rows of the batch.
 *
 * @param queryScale without dimensions, 1/sqrt(headDim)
 */
record Qwen2Layer(
    int index,
    ModelShape shape,
    PtNDArray queryScale,
    RmsNorm inputNorm,
    Linear query,
    Linear key,
    Linear value,
    Linear output,
    RmsNorm mlpNorm,
    Linear gate,
    Linear up,
    Linear down) {

  List<Linear> linears() {
    return List.of(query, key, value, output, gate, up, down);
  }

  /** x [T, hidden] -> [T, hidden]. */
  PtNDArray forward(PtNDArray x, Batch batch, Rotary.Angles angles, Attention attention) {
    PtNDArray middle;
    try (Scope scope = new Scope()) {
      middle = scope.keep(JniUtils.add(x, attend(inputNorm.apply(x), batch, angles, attention)));
    }
    try (Scope scope = new Scope()) {
      return scope.keep(JniUtils.add(middle, mlp(mlpNorm.apply(middle), batch)));
    }
  }

  private PtNDArray attend(PtNDArray x, Batch batch, Rotary.Angles angles, Attention attention) {
    PtNDArray q = heads(query.apply(x, batch), shape.heads()); // [T, heads, headDim]
    PtNDArray k = heads(key.apply(x, batch), shape.kvHeads()); // [T, kvHeads, headDim]
    PtNDArray v = heads(value.apply(x, batch), shape.kvHeads());
    PtNDArray scaled = JniUtils.mul(angles.rotate(q), queryScale);
    return output.apply(attention.attend(index, scaled, angles.rotate(k), v), batch);
  }

  private PtNDArray mlp(PtNDArray x, Batch batch) {
    PtNDArray g = gate.apply(x, batch); // [T, intermediate]
    PtNDArray activated = JniUtils.mul(g, JniUtils.sigmoid(g)); // silu
    return down.apply(JniUtils.mul(activated, up.apply(x, batch)), batch);
  }

  private PtNDArray heads(PtNDArray x, int count) {
    return JniUtils.reshape(x, new long[] {-1, count, shape.headDim()});
  }
}
