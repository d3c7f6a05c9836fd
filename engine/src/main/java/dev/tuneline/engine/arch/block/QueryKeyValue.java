package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import java.util.List;

/** The projections onto queries, keys and values, in one of the layouts of checkpoints. */
public interface QueryKeyValue {
  /**
   * What attention runs on.
   *
   * @param queries [rows, heads, headDim]
   * @param keys [rows, kvHeads, headDim]
   * @param values [rows, kvHeads, headDim]
   */
  record Projected(PtNDArray queries, PtNDArray keys, PtNDArray values) {}

  /** What {@link #linears} gave for some rows, by heads. */
  Projected heads(List<PtNDArray> projected);

  /** Its projections in the order in which adapters list them. */
  List<Linear> linears();

  /** Three projections. */
  record Separate(ModelShape shape, Linear query, Linear key, Linear value)
      implements QueryKeyValue {
    @Override
    public Projected heads(List<PtNDArray> projected) {
      return new Projected(
          perHead(projected.get(0), shape.heads(), shape),
          perHead(projected.get(1), shape.kvHeads(), shape),
          perHead(projected.get(2), shape.kvHeads(), shape));
    }

    @Override
    public List<Linear> linears() {
      return List.of(query, key, value);
    }
  }

  /** One projection: all queries, then all keys, then all values. */
  record Fused(ModelShape shape, Linear all) implements QueryKeyValue {
    @Override
    public Projected heads(List<PtNDArray> projected) {
      long q = (long) shape.heads() * shape.headDim();
      long kv = (long) shape.kvHeads() * shape.headDim();
      NDList parts = JniUtils.split(projected.getFirst(), new long[] {q, kv, kv}, 1);
      return new Projected(
          perHead((PtNDArray) parts.get(0), shape.heads(), shape),
          perHead((PtNDArray) parts.get(1), shape.kvHeads(), shape),
          perHead((PtNDArray) parts.get(2), shape.kvHeads(), shape));
    }

    @Override
    public List<Linear> linears() {
      return List.of(all);
    }
  }

  /** One projection: query, key and value of a head, then those of the next. */
  record FusedByHead(ModelShape shape, Linear all) implements QueryKeyValue {
    @Override
    public Projected heads(List<PtNDArray> projected) {
      int dim = shape.headDim();
      PtNDArray byHead =
          JniUtils.reshape(projected.getFirst(), new long[] {-1, shape.heads(), 3L * dim});
      NDList parts = JniUtils.split(byHead, dim, 2);
      return new Projected(
          (PtNDArray) parts.get(0), (PtNDArray) parts.get(1), (PtNDArray) parts.get(2));
    }

    @Override
    public List<Linear> linears() {
      return List.of(all);
    }
  }

  private static PtNDArray perHead(PtNDArray x, int count, ModelShape shape) {
    return JniUtils.reshape(x, new long[] {-1, count, shape.headDim()});
  }
}
