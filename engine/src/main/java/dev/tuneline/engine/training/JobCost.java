package dev.tuneline.engine.training;

import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.arch.Embedding;
import dev.tuneline.engine.arch.Linear;
import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.block.HeadLoss;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.Scope;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one forward and backward of a job costs, as a function of its rows. The few factors that are
 * not counted from shapes were fitted to measured peaks; docs/training.md has the measurements.
 */
final class JobCost {
  /** What a weight takes in NF4: half a byte, and its share of an 8-bit scale and of that's. */
  private static final double NF4_BYTES = 0.5 + 1 / 64.0 + 4 / (64.0 * 256);

  /** A parameter and its gradient. */
  private static final int COPIES_OF_PARAMETERS = 2;

  /**
   * Values that autograd keeps of a block for a row, beside the outputs of its projections and the
   * inputs of those that are trained, in widths of the residual stream: norms, sums, rotations.
   */
  private static final double OTHER_VALUES = 4;

  /** What a block's backward holds meanwhile, in parts of what autograd keeps of one. */
  private static final double BACKWARD_PART = 1;

  /** Rows whose scores are computed at once, up to the last position that any of them sees. */
  private static final int ROWS_AT_ONCE = 64;

  /** Logits, their logarithmic probabilities, and what the backward makes of both. */
  private static final int COPIES_OF_LOGITS = 5;

  /** Logits, and the same in bf16 or what a product packs of them. */
  private static final int COPIES_IN_KERNEL = 2;

  /** What libraries and allocators hold beside all that is asked of them. */
  private static final long SCRATCH_BYTES = 128L << 20;

  /** A multiply and an add. */
  private static final double FLOPS = 2;

  /** A micro-batch: rows of each sequence, virtual tokens included, and rows with a target. */
  record Rows(List<Integer> sequences, int targets) {
    long all() {
      return sequences.stream().mapToLong(Integer::longValue).sum();
    }
  }

  private final ModelShape shape;
  private final Precision precision;
  private final boolean recomputed;

  /** Blocks that gradients flow through; below them nothing is remembered. */
  private final int recordedBlocks;

  /** Rows whose logits are there at once. */
  private final int logitRows;

  private final long weightBytes;
  private final long parameters;

  /** Weights of all blocks' projections. */
  private final long projections;

  /** What autograd keeps of a block for one row because of its projections. */
  private final double widths;

  /** What a block's trace remembers of one row. */
  private final double remembered;

  /** Whether a trace remembers the scores of attention. */
  private final boolean recorded;

  private final int copiesOfLogits;
  private final int moments;

  JobCost(BaseModel base, Tunable tunable, TrainingSpec spec) {
    shape = base.shape();
    precision = base.precision();
    recomputed = spec.gradientCheckpointing() || precision == Precision.NF4;
    List<Linear> linears =
        base.decoder().linears().values().stream().filter(linear -> !linear.isHead()).toList();
    projections = linears.stream().mapToLong(JobCost::weights).sum();
    Set<String> trained = tunable.parameters().keySet();
    widths =
        linears.stream().mapToDouble(l -> l.out() + (trains(trained, l) ? l.in() : 0)).sum()
                / shape.layers()
            + gate(linears, shape.layers());
    Linear head = base.decoder().linears().lastEntry().getValue();
    try (Scope _ = new Scope()) {
      @Nullable Adaptation adaptation = tunable.adaptation();
      recorded = !linears.stream().allMatch(linear -> byHand(linear, adaptation));
      copiesOfLogits =
          HeadLoss.byKernel(head) && !adapts(head, adaptation)
              ? COPIES_IN_KERNEL
              : COPIES_OF_LOGITS;
    }
    // The outputs of the projections back are as wide as the inputs of the halves.
    remembered =
        recorded
            ? widths + OTHER_VALUES * shape.hidden()
            : linears.stream().mapToDouble(Linear::out).sum() / shape.layers();
    moments =
        switch (spec.optimizer().kind()) {
          case ADAMW -> 2;
          case ADAFACTOR -> 0;
        };
    parameters = tunable.parameters().values().stream().mapToLong(p -> p.getShape().size()).sum();
    weightBytes = weightBytes(base);
    logitRows = HeadLoss.rowsAtOnce(head);
    recordedBlocks = shape.layers() - lowest(base, tunable, linears);
  }

  /** Whether backward goes through a projection without autograd. */
  private static boolean byHand(Linear linear, @Nullable Adaptation adaptation) {
    return !linear.trained()
        && (!adapts(linear, adaptation)
            || (adaptation != null && adaptation.lowRank(linear) != null));
  }

  private static boolean adapts(Linear linear, @Nullable Adaptation adaptation) {
    return adaptation != null && adaptation.adapts(linear);
  }

  /** What autograd keeps of a gated MLP beside what goes into and comes out of its projections. */
  private static double gate(List<Linear> linears, int layers) {
    int down = linears.stream().mapToInt(Linear::in).max().orElse(0);
    double ups = linears.stream().mapToInt(Linear::out).filter(out -> out >= down).sum();
    return Math.max(0, ups / layers - down);
  }

  /** What of it is there at the peak. */
  MemoryEstimate memory(Rows rows) {
    return new MemoryEstimate(
        weightBytes,
        (COPIES_OF_PARAMETERS + moments) * parameters * Float.BYTES,
        activations(rows),
        copiesOfLogits * (long) Math.min(rows.targets(), logitRows) * shape.vocab() * Float.BYTES,
        SCRATCH_BYTES);
  }

  private long activations(Rows rows) {
    double scores =
        rows.sequences().stream()
            .mapToDouble(length -> shape.heads() * length * (length + ROWS_AT_ONCE) / 2.0)
            .sum();
    double residual = (double) rows.all() * shape.hidden() * Float.BYTES;
    double whole = ((widths + OTHER_VALUES * shape.hidden()) * rows.all() + scores) * Float.BYTES;
    double working = BACKWARD_PART * whole;
    if (precision == Precision.NF4) {
      // A product makes its matrix in fp32; a recorded one keeps it until its backward.
      working += (double) projections / shape.layers() * Float.BYTES;
    }
    double trace = (remembered * rows.all() + (recorded ? scores : 0)) * Float.BYTES;
    double kept = recomputed ? residual * shape.layers() + trace : trace * recordedBlocks;
    return Math.round(kept + working);
  }

  /** Operations of the matrix products of a forward and backward. */
  double flops(Rows rows) {
    double forward = FLOPS * projections * rows.all();
    double recorded = forward * recordedBlocks / shape.layers();
    double attention = 0;
    for (int length : rows.sequences()) {
      double seen = (length + ROWS_AT_ONCE) / 2.0;
      attention += 2 * FLOPS * shape.layers() * shape.heads() * shape.headDim() * length * seen;
    }
    double head = FLOPS * shape.hidden() * shape.vocab() * rows.targets();
    double again = recomputed ? recorded + attention : 0;
    return forward
        + recorded
        + again
        + 3 * attention
        + 2 * head
        + 3 * FLOPS * parameters * rows.all();
  }

  /** Weights that a forward and backward makes out of their four bits. */
  double dequantised() {
    return precision == Precision.NF4
        ? projections * (1 + (double) recordedBlocks / shape.layers())
        : 0;
  }

  private long weightBytes(BaseModel base) {
    Embedding embedding = base.decoder().embedding();
    long tables = embedding.weight().size();
    for (Linear linear : base.decoder().linears().values()) {
      if (linear.isHead() && !linear.weightName().equals(embedding.weightName())) {
        tables += weights(linear);
      }
    }
    long rest = base.parameterCount() - projections - tables;
    return rest * Float.BYTES
        + switch (precision) {
          case FP32 -> (projections + tables) * Float.BYTES;
          case BF16 -> (projections + tables) * Short.BYTES;
          case NF4 -> (long) (projections * NF4_BYTES) + tables * Float.BYTES;
        };
  }

  private static long weights(Linear linear) {
    return (long) linear.in() * linear.out();
  }

  /** The lowest block with something to train; 0 when anything else is trained. */
  private static int lowest(BaseModel base, Tunable tunable, List<Linear> linears) {
    Set<String> names = tunable.parameters().keySet();
    int perBlock = Math.max(1, linears.size() / base.shape().layers());
    int lowest = linears.size();
    long found = 0;
    for (int i = linears.size() - 1; i >= 0; i--) {
      long own = count(names, linears.get(i));
      found += own;
      lowest = own > 0 ? i : lowest;
    }
    return found > 0 && found == names.size() ? lowest / perBlock : 0;
  }

  private static boolean trains(Set<String> parameters, Linear linear) {
    return parameters.stream().anyMatch(name -> isOf(name, linear));
  }

  private static long count(Set<String> parameters, Linear linear) {
    return parameters.stream().filter(name -> isOf(name, linear)).count();
  }

  private static boolean isOf(String parameter, Linear linear) {
    return ("." + parameter).contains("." + linear.module() + ".");
  }
}
