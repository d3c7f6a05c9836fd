package dev.tuneline.engine.adapter;

import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.tensor.Tensors;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/**
 * The dropout masks of one forward.
 *
 * <p>They depend on the constructor's arguments, the place and the row only, never on a
 * process-wide generator or the order of asking: a resumed job drops the same elements, and so does
 * a forward that is computed again. The probability is rounded to a multiple of 2^-16. One thread
 * at a time.
 */
public final class DropoutMasks {
  private static final int LANES = 1 << 16;

  private final long seed;
  private final int first;

  /** The masks of a micro-batch within an optimizer step of a job. */
  public DropoutMasks(long seed, int step, int microBatch) {
    this(Seeds.mix(seed, step, microBatch), 0);
  }

  private DropoutMasks(long seed, int first) {
    this.seed = seed;
    this.first = first;
  }

  /** The masks of the rows after the first {@code rows}. */
  public DropoutMasks after(int rows) {
    return new DropoutMasks(seed, first + rows);
  }

  /** The mask [rows, columns] of {@code place}: 0 with probability {@code p}, else 1 / (1 - p). */
  public PtNDArray at(String place, PtNDManager manager, long rows, long columns, double p) {
    if (!(p >= 0 && p < 1)) {
      throw new IllegalArgumentException("dropout probability " + p);
    }
    int dropped = (int) Math.round(p * LANES);
    float kept = (float) LANES / (LANES - Math.min(dropped, LANES - 1));
    long number = place.hashCode();
    return Tensors.filled(
        manager,
        DataType.FLOAT32,
        memory -> {
          for (long row = 0; row < rows; row++) {
            var random = new SplittableRandom(Seeds.mix(seed, number, first + row));
            fill(memory, row * columns, columns, random, dropped, kept);
          }
        },
        rows,
        columns);
  }

  private static void fill(
      MemorySegment memory,
      long from,
      long count,
      SplittableRandom random,
      int dropped,
      float kept) {
    for (long i = 0; i < count; i += 4) {
      long bits = random.nextLong();
      for (long lane = i; lane < Math.min(count, i + 4); lane++) {
        boolean drop = (bits & (LANES - 1)) < dropped;
        memory.setAtIndex(ValueLayout.JAVA_FLOAT, from + lane, drop ? 0 : kept);
        bits >>>= 16;
      }
    }
  }
}
