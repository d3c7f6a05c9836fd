package dev.tuneline.engine.arch.block;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.Prefix;
import dev.tuneline.engine.arch.Segment;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention inside each segment of a batch, with query heads grouped over key/value heads.
 *
 * <p>One instance serves the layers of one forward, so that equal masks are built once.
 */
public final class Attention {
  /** What a mask depends on. */
  private record Pattern(int rows, int firstPosition, int window) {}

  private final ModelShape shape;
  private final Batch batch;
  private final PtNDManager manager;
  private final Map<Pattern, PtNDArray> masks = new HashMap<>();
  private final @Nullable PtNDArray linearBiases;

  /**
   * Attention over {@code batch}; its masks belong to the scope that is innermost now.
   *
   * @param windows of all layers
   * @param alibi slope of each head's linear bias; null for none
   */
  Attention(
      ModelShape shape,
      Batch batch,
      Set<Integer> windows,
      @Nullable List<Float> alibi,
      PtNDManager manager) {
    this.shape = shape;
    this.batch = batch;
    this.manager = manager;
    for (Segment segment : batch.segments()) {
      for (int window : windows) {
        Pattern pattern = pattern(segment, window);
        if (pattern.rows() > 1 || pattern.window() > 0) {
          masks.computeIfAbsent(pattern, this::mask);
        }
      }
    }
    int longest = batch.segments().stream().mapToInt(Segment::end).max().orElseThrow();
    this.linearBiases = alibi == null ? null : linearBiases(alibi, longest, manager);
  }

  /**
   * Attends; extends the caches of segments that have one.
   *
   * @param window how many positions back a row sees, itself included; 0 for all
   * @param q scaled queries [rows, heads, headDim]
   * @param k keys [rows, kvHeads, headDim]
   * @param v values [rows, kvHeads, headDim]
   * @return [rows, heads * headDim]
   */
  PtNDArray attend(int layer, int window, PtNDArray q, PtNDArray k, PtNDArray v) {
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
                segment(
                    layer, window, segment, segmentQueries[i], segmentKeys[i], segmentValues[i]));
      }
    }
    return outputs.length == 1 ? outputs[0] : JniUtils.cat(outputs, 0);
  }

  private PtNDArray segment(
      int layer, int window, Segment segment, PtNDArray queries, PtNDArray keys, PtNDArray values) {
    int groups = shape.kvHeads();
    long rows = segment.length();
    long perGroup = shape.heads() / groups * rows;
    // Query heads that share a key head become rows of one product, so nothing is expanded.
    PtNDArray q = JniUtils.reshape(queries, new long[] {groups, perGroup, shape.headDim()});
    PtNDArray k = keys;
    PtNDArray v = values;
    @Nullable Prefix prefix = segment.prefix();
    if (prefix != null) {
      k = JniUtils.cat(new PtNDArray[] {prefix.keys().get(layer), k}, 1);
      v = JniUtils.cat(new PtNDArray[] {prefix.values().get(layer), v}, 1);
    }
    if (segment.cache() != null) {
      k = segment.cache().appendKeys(layer, k);
      v = segment.cache().appendValues(layer, v);
    }
    long seen = segment.end();
    PtNDArray scores = JniUtils.bmm(q, JniUtils.transpose(k, 1, 2)); // [kvHeads, perGroup, seen]
    @Nullable PtNDArray mask = masks.get(pattern(segment, window));
    if (mask != null || linearBiases != null) {
      PtNDArray biased = JniUtils.reshape(scores, new long[] {shape.heads(), rows, seen});
      if (linearBiases != null) {
        biased = JniUtils.add(biased, JniUtils.slice(linearBiases, 2, 0, seen, 1));
      }
      if (mask != null) {
        biased = JniUtils.add(biased, mask);
      }
      scores = JniUtils.reshape(biased, new long[] {groups, perGroup, seen});
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

  private static Pattern pattern(Segment segment, int window) {
    int effective = window > 0 && segment.end() > window ? window : 0;
    return new Pattern(segment.length(), segment.firstPosition(), effective);
  }

  /** 0 where a row sees a position and minus infinity elsewhere: [rows, seen]. */
  private PtNDArray mask(Pattern pattern) {
    int rows = pattern.rows();
    int seen = pattern.firstPosition() + rows;
    float[] values = new float[Math.multiplyExact(rows, seen)];
    for (int row = 0; row < rows; row++) {
      int position = pattern.firstPosition() + row;
      int start = row * seen;
      Arrays.fill(values, start + position + 1, start + seen, Float.NEGATIVE_INFINITY);
      if (pattern.window() > 0 && position >= pattern.window()) {
        int hidden = position - pattern.window() + 1;
        Arrays.fill(values, start, start + hidden, Float.NEGATIVE_INFINITY);
      }
    }
    return Tensors.ofFloats(manager, values, rows, seen);
  }

  /**
   * slope * position: [heads, 1, positions]. A row needs no distances, since softmax ignores what
   * is added to all of its scores.
   */
  private static PtNDArray linearBiases(List<Float> slopes, int positions, PtNDManager manager) {
    float[] values = new float[Math.multiplyExact(slopes.size(), positions)];
    int at = 0;
    for (float slope : slopes) {
      for (int position = 0; position < positions; position++) {
        values[at++] = slope * position;
      }
    }
    return Tensors.ofFloats(manager, values, slopes.size(), 1, positions);
  }
}
