package dev.tuneline.engine.training;

import java.util.List;

/**
 * What one optimizer step did.
 *
 * @param step optimizer steps done, this one included
 * @param epoch passes over the data done, fractional
 * @param loss the step's mean loss by the spec's convention, before the update
 * @param gradNorm L2 norm of all gradients before clipping
 * @param learningRate rate used in this step
 * @param tokens tokens that went through the model
 * @param labelTokens trained tokens
 * @param microLosses token mean of each micro-batch
 */
public record StepReport(
    int step,
    double epoch,
    double loss,
    double gradNorm,
    double learningRate,
    int tokens,
    int labelTokens,
    List<Double> microLosses) {
  public StepReport {
    microLosses = List.copyOf(microLosses);
  }
}
