package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The training loop, one optimizer step at a time; whoever owns it owns the loop around it.
 *
 * <p>All randomness is a function of (seed, step), so the state between steps is the step number,
 * the parameters and the moments. The same inputs give the same bits on the same CPU and thread
 * count. Used by one platform thread; several trainers may share a base model unless one tunes it
 * whole. {@link #close} frees the optimizer's memory only: base model and tunable belong to the
 * caller.
 */
public final class Trainer implements AutoCloseable {
  /** What a micro-batch gave. */
  private record MicroBatch(double lossSum, double penalty, int tokens) {}

  private final BaseModel base;
  private final Tunable tunable;
  private final List<TrainingExample> examples;
  private final TrainingSpec spec;
  private final DataOrder order;
  private final AdamW optimizer;
  private int step;

  /**
   * A trainer before its first step.
   *
   * @throws Problem NO_EXAMPLES, NO_TRAINED_TOKEN, TOKEN_OUT_OF_VOCABULARY or EXAMPLE_TOO_LONG; the
   *     last three name the example by its index
   */
  public Trainer(
      BaseModel base, Tunable tunable, List<TrainingExample> examples, TrainingSpec spec) {
    ExampleChecks.require(examples, base.shape(), tunable.adaptation());
    tunable.planned(spec.totalSteps(examples.size()));
    this.base = base;
    this.tunable = tunable;
    this.examples = List.copyOf(examples);
    this.spec = spec;
    this.order = new DataOrder(spec, examples);
    this.optimizer = new AdamW(spec.optimizer(), tunable.parameters());
  }

  /** Optimizer steps done. */
  public int step() {
    return step;
  }

  /** Optimizer steps of the whole job. */
  public int totalSteps() {
    return spec.totalSteps(examples.size());
  }

  public boolean finished() {
    return step >= totalSteps();
  }

  public TrainingSpec spec() {
    return spec;
  }

  public Tunable tunable() {
    return tunable;
  }

  public BaseModel base() {
    return base;
  }

  public List<TrainingExample> examples() {
    return examples;
  }

  /** The optimizer's moments, live. */
  public Map<String, PtNDArray> moments() {
    return optimizer.moments();
  }

  /** Continues after {@code done} steps, once parameters and moments have been restored. */
  public void continueAfter(int done) {
    if (done < 0 || done > totalSteps()) {
      throw new IllegalArgumentException("step %d of %d".formatted(done, totalSteps()));
    }
    step = done;
  }

  /**
   * Runs the next optimizer step.
   *
   * @throws Problem LOSS_NOT_FINITE when the loss or a gradient is NaN or infinite; the parameters
   *     are then those of the step before
   * @throws IllegalStateException when finished
   */
  public StepReport next() {
    if (finished()) {
      throw new IllegalStateException("the job has done its " + totalSteps() + " steps");
    }
    List<List<TrainingExample>> microBatches =
        order.microBatches(step).stream()
            .map(indices -> indices.stream().map(examples::get).toList())
            .toList();
    int labels = microBatches.stream().mapToInt(Trainer::labelTokens).sum();
    List<Double> losses = new ArrayList<>();
    double loss = 0;
    int tokens = 0;
    for (int m = 0; m < microBatches.size(); m++) {
      int own = labelTokens(microBatches.get(m));
      double weight =
          switch (spec.lossMean()) {
            case TOKENS -> 1.0 / labels;
            case MICRO_BATCHES -> 1.0 / ((double) own * microBatches.size());
          };
      DropoutMasks masks = new DropoutMasks(spec.seed(), step, m);
      MicroBatch done = accumulate(microBatches.get(m), masks, weight, 1.0 / microBatches.size());
      losses.add(done.lossSum() / own);
      loss += done.lossSum() * weight + done.penalty() / microBatches.size();
      tokens += done.tokens();
    }
    double rate = spec.optimizer().learningRate() * spec.schedule().multiplier(step, totalSteps());
    double norm = update(loss, rate);
    step++;
    double epoch = (double) step / spec.stepsPerEpoch(examples.size());
    return new StepReport(step, epoch, loss, norm, rate, tokens, labels, losses);
  }

  /** Adds the gradients of {@code weight} times the loss sum, and of its share of the penalty. */
  private MicroBatch accumulate(
      List<TrainingExample> examples, DropoutMasks masks, double weight, double share) {
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      @Nullable Adaptation adaptation = tunable.adaptation(masks);
      PtNDArray gradient = Tensors.scalar(base.manager(), weight);
      LabelledBatch batch;
      PtNDArray sum;
      if (spec.gradientCheckpointing() || base.precision() == Precision.NF4) {
        @Nullable CutPrefix cut = CutPrefix.of(adaptation);
        batch = LabelledBatch.of(examples, cut == null ? adaptation : cut);
        sum = base.decoder().recomputedBackward(batch.batch(), batch::lossSum, gradient);
        if (cut != null) {
          cut.backward();
        }
      } else {
        batch = LabelledBatch.of(examples, adaptation);
        sum = batch.lossSum(base);
        JniUtils.backward(sum, gradient, false, false);
      }
      @Nullable PtNDArray penalty = tunable.penalty();
      if (penalty != null) {
        JniUtils.backward(penalty, Tensors.scalar(base.manager(), share), false, false);
      }
      return new MicroBatch(
          Tensors.only(sum), penalty == null ? 0 : Tensors.only(penalty), batch.tokens());
    }
  }

  private double update(double loss, double rate) {
    try (var _ = GradientMode.off();
        var _ = new Scope()) {
      Map<String, PtNDArray> parameters = tunable.parameters();
      double squares = 0;
      for (PtNDArray parameter : parameters.values()) {
        squares += Tensors.only(JniUtils.sum(JniUtils.square(JniUtils.getGradient(parameter))));
      }
      double norm = Math.sqrt(squares);
      if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
        throw Problem.caller(
                "LOSS_NOT_FINITE",
                "loss %s with gradient norm %s in step %d".formatted(loss, norm, step + 1))
            .mend("lower learning_rate or look for broken examples");
      }
      double bound = spec.optimizer().maxGradNorm();
      double scale = bound == 0 ? 1 : Math.min(1, bound / (norm + 1e-6));
      parameters.forEach(
          (name, parameter) -> {
            PtNDArray gradient = JniUtils.getGradient(parameter);
            optimizer.update(name, parameter, gradient, step, rate, scale, tunable.decays(name));
          });
      tunable.updated(step + 1, totalSteps(), scale);
      parameters.values().forEach(JniUtils::zeroGrad);
      return norm;
    }
  }

  private static int labelTokens(List<TrainingExample> examples) {
    return examples.stream().mapToInt(TrainingExample::labelTokens).sum();
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
