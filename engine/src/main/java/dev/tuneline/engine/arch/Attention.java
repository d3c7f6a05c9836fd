package dev.tuneline.engine.arch;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention inside each segment of a batch, with query heads grouped over key/value heads.
 *
 * <p>One instance serves the layers of one forward, so that equal masks are built once.
 */
public final class Attention {
  private final ModelShape shape;
  private final Batch batch;
  private final PtNDManager manager;
  private final Map<List<Integer>, PtNDArray> masks = new HashMap<>();

  public Attention(ModelShape shape, Batch batch, PtNDManager manager) {
    this.shape = shape;
    this.batch = batch;
    this.manager = manager;
    for (Segment segment : batch.segments()) {
      if (segment.length() > 1) {
        masks.computeIfAbsent(key(segment), _ -> mask(segment));
      }
    }
  }

  /**
   * Attends; extends the caches of segments that have one.
   *
   * @param q scaled queries [rows, heads, headDim]
   * @param k keys [rows, kvHeads, headDim]
   * @param v values [rows, kvHeads, headDim]
   * @return [rows, heads * headDim]
   */
  public PtNDArray attend(int layer, PtNDArray q, PtNDArray k, PtNDArray v) {
    PtNDArray queries = JniUtils.transpose(q, 0, 1); // [heads, rows, headDim]
    PtNDArray keys = JniUtils.transpose(k, 0, 1); // [kvHeads, rows, headDim]
    PtNDArray values = JniUtils.transpose(v, 0, 1);
    // One split, not a slice per segment: the backward of a slice fills a whole gradient.
    PtNDArray[] segmentQueries = split(queries);
    PtNDArray[] segmentKeys = split(keys);
    PtNDArray[] segmentValues = split(values);
    PtNDArray[] outputs = new PtNDArray[batch.segments().size()];
    for (int i = 0; i < outputs.length; i++) {
      Segment segment = batch.segments().get(i);
      try (Scope scope = new Scope()) {
        outputs[i] =
            scope.keep(
                segment(layer, segment, segmentQueries[i], segmentKeys[i], segmentValues[i]));
      }
    }
    return outputs.length == 1 ? outputs[0] : JniUtils.cat(outputs, 0);
  }

  private PtNDArray segment(
      int layer, Segment segment, PtNDArray queries, PtNDArray keys, PtNDArray values) {
    int groups = shape.kvHeads();
    long rows = segment.length();
    long perGroup = shape.heads() / groups * rows;
    // Query heads that share a key head become rows of one product, so nothing is expanded.
    PtNDArray q = JniUtils.reshape(queries, new long[] {groups, perGroup, shape.headDim()});
    PtNDArray k = keys;
    PtNDArray v = values;
    if (segment.cache() != null) {
      k = segment.cache().appendKeys(layer, k);
      v = segment.cache().appendValues(layer, v);
    }
    long seen = segment.firstPosition() + rows;
    PtNDArray scores = JniUtils.bmm(q, JniUtils.transpose(k, 1, 2)); // [kvHeads, perGroup, seen]
    @Nullable PtNDArray mask = masks.get(key(segment));
    if (mask != null) {
      PtNDArray perHead = JniUtils.reshape(scores, new long[] {shape.heads(), rows, seen});
      scores = JniUtils.reshape(JniUtils.add(perHead, mask), new long[] {groups, perGroup, seen});
    }
    PtNDArray mixed = JniUtils.bmm(JniUtils.softmax(scores, -1, DataType.FLOAT32), v);
    PtNDArray perHead = JniUtils.reshape(mixed, new long[] {shape.heads(), rows, shape.headDim()});
    return JniUtils.reshape(
        JniUtils.transpose(perHead, 0, 1),
        new long[] {rows, (long) shape.heads() * shape.headDim()});
  }

  /** [heads, rows, headDim] -> one [heads, length, headDim] for each segment. */
  private PtNDArray[] split(PtNDArray headsFirst) {
    int segments = batch.segments().size();
    if (segments == 1) {
      return new PtNDArray[] {headsFirst};
    }
    long[] lengths = batch.segments().stream().mapToLong(Segment::length).toArray();
    NDList parts = JniUtils.split(headsFirst, lengths, 1);
    PtNDArray[] split = new PtNDArray[segments];
    for (int i = 0; i < segments; i++) {
      split[i] = (PtNDArray) parts.get(i);
    }
    return split;
  }

  private static List<Integer> key(Segment segment) {
    return List.of(segment.length(), segment.length() == 1 ? 0 : segment.firstPosition());
  }

  /** 0 where row i of the segment sees position j, minus infinity elsewhere: [length, seen]. */
  private PtNDArray mask(Segment segment) {
    int seen = segment.firstPosition() + segment.length();
    float[] values = new float[segment.length() * seen];
    for (int i = 0; i < segment.length(); i++) {
      int visible = segment.firstPosition() + i + 1;
      Arrays.fill(values, i * seen + visible, (i + 1) * seen, Float.NEGATIVE_INFINITY);
    }
    return Tensors.ofFloats(manager, values, segment.length(), seen);
  }
}
