package dev.tuneline.engine.training;

import dev.tuneline.engine.adapter.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Which examples each optimizer step sees: a function of the spec and the step alone, so that a
 * step's number is the whole position in the data.
 */
final class DataOrder {
  private static final long PURPOSE = 0x6f726465;

  private final TrainingSpec spec;
  private final int examples;
  private int cachedEpoch = -1;
  private int[] cachedOrder = new int[0];

  DataOrder(TrainingSpec spec, int examples) {
    this.spec = spec;
    this.examples = examples;
  }

  /** Indices of the examples of step {@code step} (from 0), one list per micro-batch. */
  List<List<Integer>> microBatches(int step) {
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
      int[] order = new int[examples];
      for (int i = 0; i < examples; i++) {
        order[i] = i;
      }
      if (spec.shuffle()) {
        SplittableRandom random = new SplittableRandom(Seeds.mix(spec.seed(), PURPOSE, epoch));
        for (int i = examples - 1; i > 0; i--) {
          int j = random.nextInt(i + 1);
          int held = order[i];
          order[i] = order[j];
          order[j] = held;
        }
      }
      cachedOrder = order;
      cachedEpoch = epoch;
    }
    return cachedOrder;
  }
}
