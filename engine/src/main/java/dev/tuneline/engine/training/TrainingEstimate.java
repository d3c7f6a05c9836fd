package dev.tuneline.engine.training;

import dev.tuneline.engine.adapter.TrainableCount;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.tensor.Scope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a job will take, known before anything of it starts.
 *
 * @param steps optimizer steps
 * @param epochs passes over the data, the last perhaps a part of one
 * @param tokens rows that go through the model in all steps
 * @param trainedTokens those that carry loss
 * @param largestBatch most rows of one forward
 * @param count how much of the model is trained
 * @param memory at the largest micro-batch
 * @param flops floating point operations of matrix products in all steps
 * @param dequantised weights that are made out of four bits in all steps
 */
public record TrainingEstimate(
    int steps,
    double epochs,
    long tokens,
    long trainedTokens,
    int largestBatch,
    TrainableCount count,
    MemoryEstimate memory,
    double flops,
    double dequantised) {

  /**
   * Of a job that {@link Trainer} would run. Batches are those of the first epoch; what the others
   * draw differs little.
   *
   * @param base may be an {@linkplain BaseModel#outline outline}: no weight is read
   * @throws dev.tuneline.errors.Problem what {@link Trainer}'s constructor throws
   */
  public static TrainingEstimate of(
      BaseModel base, Tunable tunable, List<TrainingExample> examples, TrainingSpec spec) {
    @Nullable Adaptation adaptation = tunable.adaptation();
    ExampleChecks.require(examples, base.shape(), adaptation);
    int virtual = virtualRows(adaptation);
    DataOrder order = new DataOrder(spec, examples);
    JobCost cost = new JobCost(base, tunable, spec);
    int steps = spec.totalSteps(examples.size());
    int seen = Math.min(steps, spec.stepsPerEpoch(examples.size()));
    double tokens = 0;
    double trained = 0;
    double flops = 0;
    double dequantised = 0;
    long largest = 0;
    MemoryEstimate memory = cost.memory(new JobCost.Rows(List.of(1), 1));
    for (int step = 0; step < seen; step++) {
      for (List<Integer> indices : order.microBatches(step)) {
        JobCost.Rows rows = rows(indices, examples, virtual);
        tokens += rows.all();
        trained += rows.targets();
        flops += cost.flops(rows);
        dequantised += cost.dequantised();
        largest = Math.max(largest, rows.all());
        MemoryEstimate own = cost.memory(rows);
        memory = own.total() > memory.total() ? own : memory;
      }
    }
    double times = (double) steps / seen;
    return new TrainingEstimate(
        steps,
        (double) steps / spec.stepsPerEpoch(examples.size()),
        Math.round(tokens * times),
        Math.round(trained * times),
        Math.toIntExact(largest),
        tunable.count(),
        memory,
        flops * times,
        dequantised * times);
  }

  /** What a device needs for it, in seconds. */
  public double seconds(DeviceSpeed speed) {
    return flops / speed.flopsPerSecond() + dequantised / speed.dequantisedPerSecond();
  }

  /** Virtual tokens that go through the model with each sequence; prefixes only are attended to. */
  private static int virtualRows(@Nullable Adaptation adaptation) {
    try (Scope _ = new Scope()) {
      return adaptation == null || adaptation.prompt() == null ? 0 : adaptation.virtualTokens();
    }
  }

  private static JobCost.Rows rows(
      List<Integer> indices, List<TrainingExample> examples, int virtual) {
    List<Integer> sequences = new ArrayList<>();
    int targets = 0;
    for (int index : indices) {
      TrainingExample example = examples.get(index);
      sequences.add(virtual + example.neededTokens());
      targets += example.labelTokens();
    }
    return new JobCost.Rows(sequences, targets);
  }
}
