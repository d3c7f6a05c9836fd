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
import dev.tuneline.engine.tensor.kernel.Kernel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention inside each segment of a batch, with query heads grouped over key/value heads.
 *
 * <p>One instance serves the layers of one forward, so that equal masks are built once.
 */
public final class Attention {
  /** Query rows whose scores are held at once: longer sequences take linear, not square memory. */
  private static final int ROWS_AT_ONCE = 512;

  private final ModelShape shape;
  private final Batch batch;
  private final PtNDManager manager;
  private final Map<AttendingRows.Mask, PtNDArray> masks = new HashMap<>();
  private final @Nullable PtNDArray linearBiases;
  private final int rowsAtOnce;

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
    this(shape, batch, windows, alibi, manager, ROWS_AT_ONCE);
  }

  Attention(
      ModelShape shape,
      Batch batch,
      Set<Integer> windows,
      @Nullable List<Float> alibi,
      PtNDManager manager,
      int rowsAtOnce) {
    this.shape = shape;
    this.batch = batch;
    this.manager = manager;
    this.rowsAtOnce = rowsAtOnce;
    int longest = batch.segments().stream().mapToInt(Segment::end).max().orElseThrow();
    this.linearBiases = alibi == null ? null : linearBiases(alibi, longest, manager);
    for (Segment segment : batch.segments()) {
      for (int window : windows) {
        if (!plainlyCausal(segment, window)) {
          AttendingRows.of(segment, window, rowsAtOnce).stream()
              .filter(AttendingRows::masked)
              .forEach(part -> masks.computeIfAbsent(part.mask(), this::mask));
        }
      }
    }
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
    List<List<Segment>> runs = alike(window);
    // One split, not a slice per run: the backward of a slice fills a whole gradient.
    PtNDArray[] queries = split(q, runs);
    PtNDArray[] keys = split(k, runs);
    PtNDArray[] values = split(v, runs);
    PtNDArray[] outputs = new PtNDArray[runs.size()];
    for (int i = 0; i < outputs.length; i++) {
      List<Segment> run = runs.get(i);
      try (Scope scope = new Scope()) {
        outputs[i] =
            scope.keep(
                plainlyCausal(run.getFirst(), window)
                    ? causal(run.size(), queries[i], keys[i], values[i])
                    : segment(layer, window, run.getFirst(), queries[i], keys[i], values[i]));
      }
    }
    return outputs.length == 1 ? outputs[0] : JniUtils.cat(outputs, 0);
  }

  /** Whether the rows see all rows of their segment before them, and nothing else. */
  private boolean plainlyCausal(Segment segment, int window) {
    return linearBiases == null
        && segment.cache() == null
        && segment.prefix() == null
        && (window == 0 || window >= segment.length());
  }

  /** Neighbouring segments that one kernel takes together; any other is alone. */
  private List<List<Segment>> alike(int window) {
    List<List<Segment>> runs = new ArrayList<>();
    for (Segment segment : batch.segments()) {
      if (!runs.isEmpty()
          && runs.getLast().getFirst().length() == segment.length()
          && plainlyCausal(runs.getLast().getFirst(), window)
          && plainlyCausal(segment, window)) {
        runs.getLast().add(segment);
      } else {
        runs.add(new ArrayList<>(List.of(segment)));
      }
    }
    return runs;
  }

  private static PtNDArray causal(int sequences, PtNDArray q, PtNDArray k, PtNDArray v) {
    return Kernel.CAUSAL_ATTENTION.run(
        apart(sequences, q), apart(sequences, k), apart(sequences, v));
  }

  /** x [sequences * rows, heads, headDim] -> [sequences, rows, heads, headDim]. */
  private static PtNDArray apart(int sequences, PtNDArray x) {
    long[] shape = x.getShape().getShape();
    return JniUtils.reshape(x, new long[] {sequences, shape[0] / sequences, shape[1], shape[2]});
  }

  private PtNDArray segment(
      int layer, int window, Segment segment, PtNDArray q, PtNDArray ownKeys, PtNDArray ownValues) {
    PtNDArray queries = JniUtils.transpose(q, 0, 1); // [heads, rows, headDim]
    PtNDArray k = JniUtils.transpose(ownKeys, 0, 1); // [kvHeads, rows, headDim]
    PtNDArray v = JniUtils.transpose(ownValues, 0, 1);
    @Nullable Prefix prefix = segment.prefix();
    if (prefix != null) {
      k = JniUtils.cat(new PtNDArray[] {prefix.keys().get(layer), k}, 1);
      v = JniUtils.cat(new PtNDArray[] {prefix.values().get(layer), v}, 1);
    }
    if (segment.cache() != null) {
      k = segment.cache().appendKeys(layer, k);
      v = segment.cache().appendValues(layer, v);
    }
    List<AttendingRows> parts = AttendingRows.of(segment, window, rowsAtOnce);
    if (parts.size() == 1) {
      return part(parts.getFirst(), queries, k, v);
    }
    NDList partQueries = JniUtils.split(queries, rowsAtOnce, 1);
    PtNDArray[] outputs = new PtNDArray[parts.size()];
    for (int i = 0; i < outputs.length; i++) {
      try (Scope scope = new Scope()) {
        outputs[i] = scope.keep(part(parts.get(i), (PtNDArray) partQueries.get(i), k, v));
      }
    }
    return JniUtils.cat(outputs, 0);
  }

  /** Queries [heads, rows, headDim] of one part -> [rows, heads * headDim]. */
  private PtNDArray part(
      AttendingRows part, PtNDArray queries, PtNDArray allKeys, PtNDArray allValues) {
    int groups = shape.kvHeads();
    long rows = part.rows();
    long perGroup = shape.heads() / groups * rows;
    long seen = part.seen();
    // Query heads that share a key head become rows of one product, so nothing is expanded.
    PtNDArray q = JniUtils.reshape(queries, new long[] {groups, perGroup, shape.headDim()});
    PtNDArray k = seenOf(allKeys, part);
    PtNDArray scores = JniUtils.bmm(q, JniUtils.transpose(k, 1, 2)); // [kvHeads, perGroup, seen]
    if (part.masked() || linearBiases != null) {
      PtNDArray biased = JniUtils.reshape(scores, new long[] {shape.heads(), rows, seen});
      if (linearBiases != null) {
        PtNDArray biases = JniUtils.slice(linearBiases, 2, part.from(), part.end(), 1);
        biased = JniUtils.add(biased, biases);
      }
      if (part.masked()) {
        biased = JniUtils.add(biased, Objects.requireNonNull(masks.get(part.mask())));
      }
      scores = JniUtils.reshape(biased, new long[] {groups, perGroup, seen});
    }
    PtNDArray weights = JniUtils.softmax(scores, -1, DataType.FLOAT32);
    PtNDArray mixed = JniUtils.bmm(weights, seenOf(allValues, part));
    PtNDArray perHead = JniUtils.reshape(mixed, new long[] {shape.heads(), rows, shape.headDim()});
    return JniUtils.reshape(
        JniUtils.transpose(perHead, 0, 1),
        new long[] {rows, (long) shape.heads() * shape.headDim()});
  }

  /** The positions of x [kvHeads, positions, headDim] that {@code part} sees. */
  private static PtNDArray seenOf(PtNDArray x, AttendingRows part) {
    return part.seen() == x.getShape().get(1)
        ? x
        : JniUtils.slice(x, 1, part.from(), part.end(), 1);
  }

  /** x [rows, heads, headDim] -> the rows of each run. */
  private static PtNDArray[] split(PtNDArray x, List<List<Segment>> runs) {
    if (runs.size() == 1) {
      return new PtNDArray[] {x};
    }
    long[] lengths =
        runs.stream().mapToLong(run -> run.stream().mapToLong(Segment::length).sum()).toArray();
    return JniUtils.split(x, lengths, 0).stream()
        .map(PtNDArray.class::cast)
        .toArray(PtNDArray[]::new);
  }

  private PtNDArray mask(AttendingRows.Mask mask) {
    return Tensors.ofFloats(manager, mask.values(), mask.rows(), mask.offset() + mask.rows());
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
