package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuneline.engine.DynamicLlama;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.ModelShape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Expected values are those of transformers 5.18, a model that is given the batches in order. */
class RotarySpanTest {
  @Test
  void aLongBatchIsRememberedUntilAShortOne() {
    int[] lengths = {7, 16, 17, 30, 20, 16, 29, 15, 20, 16, 40, 41, 12, 16, 17, 33, 33, 18};
    RotarySpan span = new RotarySpan(new ModelShape(1, 8, 2, 2, 4, 10, 64, 16), 0);
    assertThat(Arrays.stream(lengths).map(span::next))
        .containsExactly(16, 16, 17, 30, 30, 30, 30, 16, 20, 20, 40, 41, 16, 16, 17, 33, 33, 33);
  }

  @Test
  void lossesAreThoseOfPaddedBatchesInOrder(@TempDir Path temp) throws IOException {
    int[][] batches = {
      {7, 5}, {16, 9}, {30, 12}, {20, 17}, {16, 3}, {15, 14}, {20, 8}, {16, 16}, {40, 21}, {18, 30}
    };
    double[] expected = {
      92.93287, 220.13686, 376.84616, 329.95673, 159.09807,
      257.97070, 250.59511, 284.80988, 573.25085, 431.62042
    };
    try (BaseModel base = BaseModel.load(DynamicLlama.in(temp, 16))) {
      RotarySpan span = new RotarySpan(base.shape(), 0);
      for (int i = 0; i < batches.length; i++) {
        List<TrainingExample> examples =
            List.of(example(batches[i][0], 0), example(batches[i][1], 1));
        LabelledBatch batch = LabelledBatch.of(examples, null, span);
        assertThat(batch.score(base).loss())
            .isEqualTo(expected[i], within(1e-4 * batch.targets().size()));
      }
    }
  }

  private static TrainingExample example(int length, int row) {
    int[] ids =
        IntStream.range(0, length).map(i -> (7 + 37 * i + 11 * i * i + 101 * row) % 500).toArray();
    int[] labels = ids.clone();
    labels[0] = TrainingExample.IGNORED;
    return new TrainingExample(ids, labels);
  }
}
