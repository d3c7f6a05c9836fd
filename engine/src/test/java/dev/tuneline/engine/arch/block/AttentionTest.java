package dev.tuneline.engine.arch.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Batch;
import dev.tuneline.engine.arch.KeyValueCache;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.engine.tensor.Torch;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest {
  private static final ModelShape SHAPE = new ModelShape(1, 8, 4, 2, 4, 10, 64, 64);
  private static final int CACHED = 6;
  private static final int[] LENGTHS = {11, 1, 9};

  /** Two whole sequences and one that goes on after {@code CACHED} positions, by the definition. */
  @ParameterizedTest
  @CsvSource({
    "0, false, 512",
    "0, false, 4",
    "0, true, 512",
    "0, true, 3",
    "5, false, 512",
    "5, false, 4",
    "1, false, 2",
    "7, true, 1"
  })
  void isTheDefinitionHoweverItIsCut(int window, boolean linear, int rowsAtOnce) {
    @Nullable List<Float> slopes = linear ? AlibiSlopes.of(4) : null;
    Random random = new Random(5);
    float[] earlierKeys = floats(random, 2 * CACHED * 4);
    float[] earlierValues = floats(random, 2 * CACHED * 4);
    float[] q = floats(random, 21 * 4 * 4);
    float[] k = floats(random, 21 * 2 * 4);
    float[] v = floats(random, 21 * 2 * 4);
    try (var _ = GradientMode.off();
        PtNDManager manager = Torch.newManager();
        KeyValueCache cache = new KeyValueCache(SHAPE, 8);
        Scope _ = new Scope()) {
      Batch earlier = Batch.builder().sequence(new int[CACHED], cache, null).build();
      cache.appendKeys(0, Tensors.ofFloats(manager, earlierKeys, 2, CACHED, 4));
      cache.appendValues(0, Tensors.ofFloats(manager, earlierValues, 2, CACHED, 4));
      earlier.advanceCaches();
      Batch batch =
          Batch.builder()
              .sequence(new int[LENGTHS[0]], null, null)
              .sequence(new int[LENGTHS[1]], null, null)
              .sequence(new int[LENGTHS[2]], cache, null)
              .build();
      Attention attention =
          new Attention(SHAPE, batch, Set.of(window), slopes, manager, rowsAtOnce);
      PtNDArray mixed =
          attention.attend(
              0,
              window,
              Tensors.ofFloats(manager, q, 21, 4, 4),
              Tensors.ofFloats(manager, k, 21, 2, 4),
              Tensors.ofFloats(manager, v, 21, 2, 4));
      float[] actual = Tensors.floats(mixed); // [rows, heads * headDim]
      int start = 0;
      for (int s = 0; s < LENGTHS.length; s++) {
        int before = s == 2 ? CACHED : 0;
        for (int row = 0; row < LENGTHS[s]; row++) {
          for (int head = 0; head < 4; head++) {
            double[] weights = new double[before + row + 1];
            double[] expected = new double[4];
            double sum = 0;
            for (int other = 0; other < weights.length; other++) {
              if (window > 0 && before + row - other >= window) {
                continue;
              }
              double score = slopes == null ? 0 : slopes.get(head) * (other - before - row);
              for (int d = 0; d < 4; d++) {
                score +=
                    q[((start + row) * 4 + head) * 4 + d]
                        * at(earlierKeys, k, start, before, other, head / 2, d);
              }
              weights[other] = Math.exp(score);
              sum += weights[other];
            }
            for (int other = 0; other < weights.length; other++) {
              for (int d = 0; d < 4; d++) {
                expected[d] +=
                    weights[other] / sum * at(earlierValues, v, start, before, other, head / 2, d);
              }
            }
            for (int d = 0; d < 4; d++) {
              assertThat((double) actual[((start + row) * 4 + head) * 4 + d])
                  .isEqualTo(expected[d], within(1e-5));
            }
          }
        }
        start += LENGTHS[s];
      }
    }
  }

  /** Element d of a position's key or value: cached ones are [kvHeads, positions, headDim]. */
  private static float at(
      float[] cached, float[] own, int start, int before, int position, int head, int d) {
    return position < before
        ? cached[(head * CACHED + position) * 4 + d]
        : own[((start + position - before) * 2 + head) * 4 + d];
  }

  private static float[] floats(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
