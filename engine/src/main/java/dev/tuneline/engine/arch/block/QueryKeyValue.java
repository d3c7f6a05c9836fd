package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.AdaptedRows;
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

  /** x [rows, hidden], projected. */
  Projected apply(PtNDArray x, AdaptedRows rows);

  /** Its projections in the order in which adapters list them. */
  List<Linear> linears();

  /** Three projections. */
  record Separate(ModelShape shape, Linear query, Linear key, Linear value)
      implements QueryKeyValue {
    @Override
    public Projected apply(PtNDArray x, AdaptedRows rows) {
      return new Projected(
          heads(query.apply(x, rows), shape.heads(), shape),
          heads(key.apply(x, rows), shape.kvHeads(), shape),
          heads(value.apply(x, rows), shape.kvHeads(), shape));
    }

    @Override
    public List<Linear> linears() {
      return List.of(query, key, value);
    }
  }

  /** One projection: all queries, then all keys, then all values. */
  record Fused(ModelShape shape, Linear all) implements QueryKeyValue {
    @Override
    public Projected apply(PtNDArray x, AdaptedRows rows) {
      long q = (long) shape.heads() * shape.headDim();
      long kv = (long) shape.kvHeads() * shape.headDim();
      NDList parts = JniUtils.split(all.apply(x, rows), new long[] {q, kv, kv}, 1);
      return new Projected(
          heads((PtNDArray) parts.get(0), shape.heads(), shape),
          heads((PtNDArray) parts.get(1), shape.kvHeads(), shape),
          heads((PtNDArray) parts.get(2), shape.kvHeads(), shape));
    }

    @Override
    public List<Linear> linears() {
      return List.of(all);
    }
  }

  /** One projection: query, key and value of a head, then those of the next. */
  record FusedByHead(ModelShape shape, Linear all) implements QueryKeyValue {
    @Override
    public Projected apply(PtNDArray x, AdaptedRows rows) {
      int dim = shape.headDim();
      PtNDArray heads =
          JniUtils.reshape(all.apply(x, rows), new long[] {-1, shape.heads(), 3L * dim});
      NDList parts = JniUtils.split(heads, dim, 2);
      return new Projected(
          (PtNDArray) parts.get(0), (PtNDArray) parts.get(1), (PtNDArray) parts.get(2));
    }

    @Override
    public List<Linear> linears() {
      return List.of(all);
    }
  }

  private static PtNDArray heads(PtNDArray x, int count, ModelShape shape) {
    return JniUtils.reshape(x, new long[] {-1, count, shape.headDim()});
  }
}
