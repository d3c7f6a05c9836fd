package dev.tuneline.engine.training;

import dev.tuneline.engine.adapter.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which examples each optimizer step sees: a function of the spec, the lengths and the step alone,
 * so that a step's number is the whole position in the data.
 */
final class DataOrder {
  private static final long PURPOSE = 0x6f726465;

  /** Micro-batches among whose examples length decides; transformers' number. */
  private static final int MICRO_BATCHES_OF_A_BLOCK = 50;

  private final TrainingSpec spec;
  private final int[] lengths;
  private int cachedEpoch = -1;
  private int[] cachedOrder = new int[0];

  DataOrder(TrainingSpec spec, List<TrainingExample> examples) {
    this.spec = spec;
    this.lengths = examples.stream().mapToInt(TrainingExample::length).toArray();
  }

  /** Indices of the examples of step {@code step} (from 0), one list per micro-batch. */
  List<List<Integer>> microBatches(int step) {
    int examples = lengths.length;
    int stepsPerEpoch = spec.stepsPerEpoch(examples);
    int[] order = order(step / stepsPerEpoch);
    int first = step % stepsPerEpoch * spec.accumulation() * spec.microBatch();
    List<List<Integer>> microBatches = new ArrayList<>();
    for (int m = 0; m < spec.accumulation(); m++) {
      int from = first + m * spec.microBatch();
      List<Integer> microBatch = new ArrayList<>();
      for (int i = from; i < Math.min(from + spec.microBatch(), examples); i++) {
        microBatch.add(order[i]);
      }
      if (!microBatch.isEmpty()) {
        microBatches.add(microBatch);
      }
    }
    return microBatches;
  }

  private int[] order(int epoch) {
    if (epoch != cachedEpoch) {
      int[] order = new int[lengths.length];
      Arrays.setAll(order, i -> i);
      SplittableRandom random = new SplittableRandom(Seeds.mix(spec.seed(), PURPOSE, epoch));
      if (spec.shuffle()) {
        shuffle(order, 1, order.length, random);
      }
      if (spec.groupByLength()) {
        groupByLength(order, random);
      }
      cachedOrder = order;
      cachedEpoch = epoch;
    }
    return cachedOrder;
  }

  /**
   * Sorts blocks of the order by length, so that the examples of a micro-batch are about as long,
   * and puts the micro-batches into an order that is random again, but for the one with the longest
   * example: it comes first, to show at once whether memory suffices.
   */
  private void groupByLength(int[] order, SplittableRandom random) {
    int size = spec.microBatch();
    int block = Math.multiplyExact(size, MICRO_BATCHES_OF_A_BLOCK);
    for (int from = 0; from < order.length; from += block) {
      int to = Math.min(order.length, from + block);
      int[] sorted =
          Arrays.stream(order, from, to)
              .boxed()
              .sorted(Comparator.comparingInt((Integer i) -> -lengths[i]))
              .mapToInt(Integer::intValue)
              .toArray();
      System.arraycopy(sorted, 0, order, from, sorted.length);
    }
    int whole = order.length / size; // what is left over stays last
    if (spec.shuffle()) {
      shuffle(order, size, whole, random);
    }
    int longest = 0;
    for (int m = 1; m < whole; m++) {
      longest = lengths[order[m * size]] > lengths[order[longest * size]] ? m : longest;
    }
    swap(order, size, 0, longest);
  }

  /** Fisher and Yates's shuffle of the first {@code units} stretches of {@code size}. */
  private static void shuffle(int[] order, int size, int units, SplittableRandom random) {
    for (int i = units - 1; i > 0; i--) {
      swap(order, size, i, random.nextInt(i + 1));
    }
  }

  private static void swap(int[] order, int size, int one, int other) {
    for (int i = 0; i < size && one != other; i++) {
      int held = order[one * size + i];
      order[one * size + i] = order[other * size + i];
      order[other * size + i] = held;
    }
  }
}
