package dev.tuneline.engine.training;

import dev.tuneline.errors.Problem;

/**
 * Everything that determines a job's numbers beside its data, base model and method.
 *
 * @param epochs passes over the data
 * @param maxSteps optimizer steps after which to stop; 0 for all epochs
 * @param microBatch examples of one forward
 * @param accumulation micro-batches of one optimizer step
 * @param shuffle whether each epoch has an order of its own, drawn from {@code seed}
 * @param seed of data order, dropout and initial values
 * @param gradientCheckpointing whether backward computes blocks again instead of remembering them;
 *     it saves memory, costs about a third more time and changes no gradient
 * @param groupByLength whether the examples of a micro-batch are of like length, as transformers'
 *     {@code group_by_length}. Batches hold no padding that this would save: it evens out the time
 *     of a micro-batch's sequences at the price of larger differences between micro-batches
 * @param maxLossFactor a loss above so many times its running mean, and above ln(vocabulary), which
 *     is what guessing gives, stops training; 0 for never
 */
public record TrainingSpec(
    int epochs,
    int maxSteps,
    int microBatch,
    int accumulation,
    OptimizerSpec optimizer,
    ScheduleSpec schedule,
    LossMean lossMean,
    boolean shuffle,
    long seed,
    boolean gradientCheckpointing,
    boolean groupByLength,
    double maxLossFactor) {
  /** How the losses of an optimizer step's tokens become one number. */
  public enum LossMean {
    /** Over all trained tokens of the step, as Hugging Face's Trainer since 4.46. */
    TOKENS,
    /** Over the micro-batches' own token means. */
    MICRO_BATCHES
  }

  public TrainingSpec {
    require("epochs", epochs, 1);
    require("max_steps", maxSteps, 0);
    require("micro_batch", microBatch, 1);
    require("gradient_accumulation", accumulation, 1);
    if (!(maxLossFactor == 0 || maxLossFactor > 1)) {
      throw Problem.caller("MALFORMED_TRAINING", "max_loss_factor = " + maxLossFactor)
          .at(Problem.FIELD, "max_loss_factor")
          .mend("give more than 1, or 0 for no bound");
    }
    // refuses what does not go together
    schedule.rate(0, 1, optimizer.learningRate());
  }

  /** A spec whose backward remembers everything, over any lengths and with no bound of the loss. */
  public TrainingSpec(
      int epochs,
      int maxSteps,
      int microBatch,
      int accumulation,
      OptimizerSpec optimizer,
      ScheduleSpec schedule,
      LossMean lossMean,
      boolean shuffle,
      long seed) {
    this(
        epochs,
        maxSteps,
        microBatch,
        accumulation,
        optimizer,
        schedule,
        lossMean,
        shuffle,
        seed,
        false,
        false,
        0);
  }

  /** The same with gradient checkpointing on or off. */
  public TrainingSpec withGradientCheckpointing(boolean on) {
    return with(on, groupByLength, maxLossFactor);
  }

  /** The same with micro-batches of examples of like length or not. */
  public TrainingSpec withGroupByLength(boolean on) {
    return with(gradientCheckpointing, on, maxLossFactor);
  }

  /** The same with another bound of the loss. */
  public TrainingSpec withMaxLossFactor(double factor) {
    return with(gradientCheckpointing, groupByLength, factor);
  }

  private TrainingSpec with(boolean checkpointing, boolean grouped, double lossFactor) {
    return new TrainingSpec(
        epochs,
        maxSteps,
        microBatch,
        accumulation,
        optimizer,
        schedule,
        lossMean,
        shuffle,
        seed,
        checkpointing,
        grouped,
        lossFactor);
  }

  /** Token mean, cosine after 3 % warm-up, shuffled: a start for most jobs. */
  public static TrainingSpec of(
      int epochs, int microBatch, int accumulation, double learningRate, long seed) {
    return new TrainingSpec(
        epochs,
        0,
        microBatch,
        accumulation,
        OptimizerSpec.adamW(learningRate),
        new ScheduleSpec(ScheduleSpec.Kind.COSINE, 0, 0.03),
        LossMean.TOKENS,
        true,
        seed);
  }

  /** Optimizer steps of one epoch over {@code examples}; the last one may be smaller. */
  public int stepsPerEpoch(int examples) {
    int microBatches = Math.ceilDiv(examples, microBatch);
    return Math.ceilDiv(microBatches, accumulation);
  }

  /** Optimizer steps of the whole job. */
  public int totalSteps(int examples) {
    int all = Math.multiplyExact(epochs, stepsPerEpoch(examples));
    return maxSteps > 0 ? Math.min(maxSteps, all) : all;
  }

  private static void require(String field, int value, int least) {
    if (value < least) {
      throw Problem.caller(
              "MALFORMED_TRAINING", "%s = %d is below %d".formatted(field, value, least))
          .at(Problem.FIELD, field);
    }
  }
}
