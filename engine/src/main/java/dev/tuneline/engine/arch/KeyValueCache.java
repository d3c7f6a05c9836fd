package dev.tuneline.engine.arch;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of one sequence, apart from the model: [kvHeads, capacity, headDim] per layer.
 *
 * <p>Capacity doubles as the sequence grows. Not thread-safe; {@link #close} frees the memory.
 */
public final class KeyValueCache implements AutoCloseable {
  private final ModelShape shape;
  private final PtNDManager manager = Torch.newManager();
  private final @Nullable PtNDArray[] keys;
  private final @Nullable PtNDArray[] values;
  private int capacity;
  private int length;

  /** An empty cache with room for {@code expectedTokens} before it must grow. */
  public KeyValueCache(ModelShape shape, int expectedTokens) {
    this.shape = shape;
    this.capacity = Math.clamp(expectedTokens, 16, Math.max(16, shape.maxPositions()));
    this.keys = new PtNDArray[shape.layers()];
    this.values = new PtNDArray[shape.layers()];
  }

  /** Positions held. */
  public int length() {
    return length;
  }

  /**
   * A cache of its own that holds a copy of the first {@code positions}, for another continuation
   * of the same beginning; the caller closes it.
   *
   * @param expectedTokens the room it begins with, at least {@code positions}
   */
  public KeyValueCache fork(int positions, int expectedTokens) {
    if (positions < 0 || positions > length) {
      throw new IllegalArgumentException("%d of %d positions".formatted(positions, length));
    }
    KeyValueCache fork = new KeyValueCache(shape, Math.max(positions, expectedTokens));
    for (int layer = 0; layer < keys.length; layer++) {
      copy(keys, fork.keys, layer, positions, fork);
      copy(values, fork.values, layer, positions, fork);
    }
    fork.length = positions;
    return fork;
  }

  private static void copy(
      @Nullable PtNDArray[] from,
      @Nullable PtNDArray[] to,
      int layer,
      int positions,
      KeyValueCache fork) {
    @Nullable PtNDArray held = from[layer];
    if (held == null || positions == 0) {
      return;
    }
    try (Scope _ = new Scope()) {
      fork.append(to, layer, JniUtils.slice(held, 1, 0, positions, 1));
    }
  }

  /**
   * Appends keys [kvHeads, n, headDim] of a layer and returns all of them [kvHeads, length+n,
   * headDim].
   */
  public PtNDArray appendKeys(int layer, PtNDArray added) {
    return append(keys, layer, added);
  }

  /** Appends values as {@link #appendKeys} does keys. */
  public PtNDArray appendValues(int layer, PtNDArray added) {
    return append(values, layer, added);
  }

  void advanceTo(int positions) {
    length = positions;
  }

  private PtNDArray append(@Nullable PtNDArray[] store, int layer, PtNDArray added) {
    int end = length + Math.toIntExact(added.getShape().get(1));
    PtNDArray held = room(store, layer, end);
    JniUtils.indexSet(
        held,
        added,
        new long[] {0, length, 0},
        new long[] {shape.kvHeads(), end, shape.headDim()},
        new long[] {1, 1, 1});
    return JniUtils.slice(held, 1, 0, end, 1);
  }

  private PtNDArray room(@Nullable PtNDArray[] store, int layer, int end) {
    while (capacity < end) {
      capacity = Math.multiplyExact(capacity, 2);
    }
    @Nullable PtNDArray held = store[layer];
    if (held != null && held.getShape().get(1) >= end) {
      return held;
    }
    PtNDArray larger =
        Scope.own(
            Tensors.empty(manager, DataType.FLOAT32, shape.kvHeads(), capacity, shape.headDim()));
    if (held != null) {
      if (length > 0) {
        try (Scope _ = new Scope()) {
          JniUtils.indexSet(
              larger,
              JniUtils.slice(held, 1, 0, length, 1),
              new long[] {0, 0, 0},
              new long[] {shape.kvHeads(), length, shape.headDim()},
              new long[] {1, 1, 1});
        }
      }
      held.close();
    }
    store[layer] = larger;
    return larger;
  }

  @Override
  public void close() {
    manager.close();
  }
}
