package dev.tuneline.engine.training;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DataOrderTest {
  private static final int EXAMPLES = 1003;
  private static final TrainingSpec SPEC = TrainingSpec.of(2, 4, 2, 1e-3, 9);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyEpochSeesEveryExampleOnceInAnOrderOfItsOwn(boolean grouped) {
    TrainingSpec spec = SPEC.withGroupByLength(grouped);
    DataOrder order = order(spec);
    Integer[] all = IntStream.range(0, EXAMPLES).boxed().toArray(Integer[]::new);
    List<Integer> first = examples(order, 0);
    List<Integer> second = examples(order, 1);
    assertThat(first).containsExactlyInAnyOrder(all).isNotEqualTo(second);
    assertThat(second).containsExactlyInAnyOrder(all);
    assertThat(order(spec).microBatches(130)).isEqualTo(order.microBatches(130));
  }

  @Test
  void groupsAreOfLikeLengthAndComeInRandomOrder() {
    int[] lengths = lengths();
    List<List<Integer>> plain = microBatches(order(SPEC), 0);
    List<List<Integer>> grouped = microBatches(order(SPEC.withGroupByLength(true)), 0);
    assertThat(10 * padding(grouped, lengths)).isLessThan(padding(plain, lengths));
    int longest = Arrays.stream(lengths).max().orElseThrow();
    assertThat(lengths[grouped.getFirst().getFirst()]).isEqualTo(longest);
    long descents =
        IntStream.range(1, grouped.size() - 1)
            .filter(
                m -> lengths[grouped.get(m).getFirst()] < lengths[grouped.get(m - 1).getFirst()])
            .count();
    assertThat((double) descents / grouped.size()).isBetween(0.4, 0.6);
  }

  /** Tokens that would fill micro-batches up to their longest example. */
  private static int padding(List<List<Integer>> microBatches, int[] lengths) {
    int padding = 0;
    for (List<Integer> microBatch : microBatches) {
      int longest = microBatch.stream().mapToInt(i -> lengths[i]).max().orElseThrow();
      padding += microBatch.stream().mapToInt(i -> longest - lengths[i]).sum();
    }
    return padding;
  }

  private static List<Integer> examples(DataOrder order, int epoch) {
    return microBatches(order, epoch).stream().flatMap(List::stream).toList();
  }

  private static List<List<Integer>> microBatches(DataOrder order, int epoch) {
    List<List<Integer>> all = new ArrayList<>();
    int steps = SPEC.stepsPerEpoch(EXAMPLES);
    for (int step = 0; step < steps; step++) {
      all.addAll(order.microBatches(epoch * steps + step));
    }
    return all;
  }

  private static DataOrder order(TrainingSpec spec) {
    return new DataOrder(
        spec, Arrays.stream(lengths()).mapToObj(n -> TrainingExample.ofText(new int[n])).toList());
  }

  private static int[] lengths() {
    return new SplittableRandom(4).ints(EXAMPLES, 20, 600).toArray();
  }
}
