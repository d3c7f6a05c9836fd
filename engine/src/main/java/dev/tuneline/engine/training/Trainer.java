package dev.tuneline.engine.training;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import dev.tuneline.engine.adapter.DropoutMasks;
import dev.tuneline.engine.adapter.Tunable;
import dev.tuneline.engine.arch.Adaptation;
import dev.tuneline.engine.arch.BaseModel;
import dev.tuneline.engine.precision.Precision;
import dev.tuneline.engine.tensor.FreedMemory;
import dev.tuneline.engine.tensor.GradientMode;
import dev.tuneline.engine.tensor.Scope;
import dev.tuneline.engine.tensor.Tensors;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The training loop, one optimizer step at a time; whoever owns it owns the loop around it.
 *
 * <p>All randomness is a function of (seed, step), so the state between steps is the step number,
 * the parameters, the moments and the {@link Course}. The same inputs give the same bits on the
 * same CPU and thread count. Used by one platform thread; several trainers may share a base model
 * unless one tunes it whole. {@link #close} frees the optimizer's memory only: base model and
 * tunable belong to the caller.
 */
public final class Trainer implements AutoCloseable {
  /** What a micro-batch gave. */
  private record MicroBatch(double lossSum, double penalty, int tokens) {}

  /** What all micro-batches of a step gave. */
  private record Gradients(
      double loss, int tokens, int labels, List<Double> microLosses, int span) {}

  private final BaseModel base;
  private final Tunable tunable;
  private final List<TrainingExample> examples;
  private final TrainingSpec spec;
  private final DataOrder order;
  private final Optimizer optimizer;
  private int step;
  private Course course = Course.START;

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
    this.optimizer = spec.optimizer().start(tunable.parameters());
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

  /** What is remembered of the steps so far beside the tensors. */
  public Course course() {
    return course;
  }

  /** Examples of one forward, as far as memory has sufficed for the spec's. */
  public int microBatch() {
    return Math.ceilDiv(spec.microBatch(), course.split());
  }

  /** Forwards of one optimizer step. */
  public int accumulation() {
    return spec.accumulation() * course.split();
  }

  /** Continues after {@code done} steps, once parameters and moments have been restored. */
  public void continueAfter(int done, Course before) {
    if (done < 0 || done > totalSteps()) {
      throw new IllegalArgumentException("step %d of %d".formatted(done, totalSteps()));
    }
    step = done;
    course = before;
  }

  /**
   * Measures the loss on examples that are not trained on and takes note of it in the {@link
   * #course}.
   *
   * @throws Problem as {@link Validation#of}; OUT_OF_MEMORY when it does not suffice for one
   *     example
   */
  public Evaluation evaluate(List<TrainingExample> validation) {
    return halvingMicroBatches(
        () -> {
          RotarySpan span = span();
          Validation measured =
              Validation.of(base, tunable.adaptation(), validation, microBatch(), span);
          Evaluation evaluation = new Evaluation(step, measured.loss(), measured.accuracy());
          course = course.evaluated(evaluation, span.positions());
          return evaluation;
        });
  }

  private RotarySpan span() {
    return new RotarySpan(base.shape(), course.span());
  }

  /**
   * Runs the next optimizer step. A micro-batch that memory does not suffice for is halved, and so
   * are all later ones; the step is then that of the smaller micro-batch, to rounding.
   *
   * @throws Problem LOSS_NOT_FINITE when the loss or a gradient is NaN or infinite, LOSS_EXPLODED
   *     when it is out of the spec's bounds, OUT_OF_MEMORY when it does not suffice for one
   *     example; parameters and moments are then those of the step before
   * @throws IllegalStateException when finished
   */
  public StepReport next() {
    if (finished()) {
      throw new IllegalStateException("the job has done its " + totalSteps() + " steps");
    }
    Gradients gradients = halvingMicroBatches(this::gradients);
    double loss = gradients.loss();
    double rate =
        spec.schedule()
            .rate(step, totalSteps(), spec.optimizer().learningRate(), course.validationLosses());
    double norm = update(loss, rate);
    // What a step leaves lies between what the next one takes.
    FreedMemory.giveBackWhereShort();
    step++;
    course = course.trained(loss, gradients.span());
    double epoch = (double) step / spec.stepsPerEpoch(examples.size());
    return new StepReport(
        step,
        epoch,
        loss,
        norm,
        rate,
        gradients.tokens(),
        gradients.labels(),
        gradients.microLosses());
  }

  private <T> T halvingMicroBatches(Supplier<T> work) {
    while (true) {
      try {
        return work.get();
      } catch (RuntimeException e) {
        if (!MemoryExhausted.isCauseOf(e)) {
          throw e;
        }
        dropGradients();
        if (microBatch() == 1) {
          throw Problem.caller(
                  "OUT_OF_MEMORY",
                  "memory does not suffice for one example in step %d".formatted(step + 1))
              .mend("shorten cutoff_tokens, turn on gradient_checkpointing or lower precision")
              .causedBy(e);
        }
        course = course.halved();
      }
    }
  }

  /** Gradients of the next step, left in the parameters. */
  private Gradients gradients() {
    List<List<TrainingExample>> microBatches =
        order.microBatches(step).stream()
            .map(indices -> indices.stream().map(examples::get).toList())
            .toList();
    int labels = microBatches.stream().mapToInt(Trainer::labelTokens).sum();
    List<Double> losses = new ArrayList<>();
    double loss = 0;
    int tokens = 0;
    int forward = 0;
    RotarySpan span = span();
    for (List<TrainingExample> microBatch : microBatches) {
      int own = labelTokens(microBatch);
      double weight =
          switch (spec.lossMean()) {
            case TOKENS -> 1.0 / labels;
            case MICRO_BATCHES -> 1.0 / ((double) own * microBatches.size());
          };
      double sum = 0;
      for (List<TrainingExample> part : parts(microBatch)) {
        double share = (double) part.size() / microBatch.size() / microBatches.size();
        DropoutMasks masks = new DropoutMasks(spec.seed(), step, forward++);
        MicroBatch done = accumulate(part, span, masks, weight, share);
        sum += done.lossSum();
        loss += done.lossSum() * weight + done.penalty() * share;
        tokens += done.tokens();
      }
      losses.add(sum / own);
    }
    return new Gradients(loss, tokens, labels, losses, span.positions());
  }

  /** A micro-batch in as many parts as memory makes necessary. */
  private List<List<TrainingExample>> parts(List<TrainingExample> microBatch) {
    int size = Math.ceilDiv(microBatch.size(), course.split());
    List<List<TrainingExample>> parts = new ArrayList<>();
    for (int from = 0; from < microBatch.size(); from += size) {
      parts.add(microBatch.subList(from, Math.min(from + size, microBatch.size())));
    }
    return parts;
  }

  /** Adds the gradients of {@code weight} times the loss sum, and of its share of the penalty. */
  private MicroBatch accumulate(
      List<TrainingExample> examples,
      RotarySpan span,
      DropoutMasks masks,
      double weight,
      double share) {
    try (var _ = GradientMode.on();
        var _ = new Scope()) {
      @Nullable Adaptation adaptation = tunable.adaptation(masks);
      boolean recomputed = spec.gradientCheckpointing() || base.precision() == Precision.NF4;
      @Nullable CutPrefix cut = CutPrefix.of(adaptation);
      LabelledBatch batch = LabelledBatch.of(examples, cut == null ? adaptation : cut, span);
      PtNDArray sum = batch.backward(base, Tensors.scalar(base.manager(), weight), recomputed);
      if (cut != null) {
        cut.backward();
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
      requireSound(loss, norm);
      double bound = spec.optimizer().maxGradNorm();
      double scale = bound == 0 ? 1 : Math.min(1, bound / (norm + 1e-6));
      parameters.forEach(
          (name, parameter) -> {
            PtNDArray gradient = JniUtils.getGradient(parameter);
            optimizer.update(name, parameter, gradient, step, rate, scale, tunable.decays(name));
          });
      tunable.updated(step + 1, totalSteps(), scale);
      dropGradients();
      return norm;
    }
  }

  /** Refuses a step before anything of it is in parameters or moments. */
  private void requireSound(double loss, double norm) {
    double guessing = Math.log(base.shape().vocab());
    double bound = spec.maxLossFactor() * course.meanLoss();
    String mend =
        "lower learning_rate, lengthen the warm-up or look for broken examples, and start again";
    if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
      dropGradients();
      throw Problem.caller(
              "LOSS_NOT_FINITE",
              "loss %s with gradient norm %s in step %d".formatted(loss, norm, step + 1))
          .at("step", step + 1)
          .at("loss", loss)
          .mend(mend);
    }
    if (bound > 0 && loss > bound && loss > guessing) {
      dropGradients();
      throw Problem.caller(
              "LOSS_EXPLODED",
              "loss %s in step %d, after a mean of %s and where guessing gives %s"
                  .formatted(loss, step + 1, course.meanLoss(), guessing))
          .at("step", step + 1)
          .at("loss", loss)
          .mend(mend + ", or set max_loss_factor to 0");
    }
  }

  private void dropGradients() {
    tunable.parameters().values().forEach(JniUtils::zeroGrad);
  }

  private static int labelTokens(List<TrainingExample> examples) {
    return examples.stream().mapToInt(TrainingExample::labelTokens).sum();
  }

  @Override
  public void close() {
    optimizer.close();
  }
}
