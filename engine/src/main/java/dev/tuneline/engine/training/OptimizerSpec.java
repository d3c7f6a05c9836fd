package dev.tuneline.engine.training;

import dev.tuneline.errors.Problem;

/**
 * AdamW's settings.
 *
 * @param learningRate peak rate, before the schedule
 * @param maxGradNorm clipping bound of the gradients' L2 norm; 0 for none
 */
public record OptimizerSpec(
    double learningRate,
    double beta1,
    double beta2,
    double epsilon,
    double weightDecay,
    double maxGradNorm) {
  public OptimizerSpec {
    require("learning_rate", learningRate, learningRate > 0 && learningRate <= 1);
    require("adam_beta1", beta1, beta1 >= 0 && beta1 < 1);
    require("adam_beta2", beta2, beta2 >= 0 && beta2 < 1);
    require("adam_epsilon", epsilon, epsilon > 0);
    require("weight_decay", weightDecay, weightDecay >= 0 && weightDecay < 1);
    require("max_grad_norm", maxGradNorm, maxGradNorm >= 0);
  }

  /** Hugging Face's defaults at a given peak rate. */
  public static OptimizerSpec adamW(double learningRate) {
    return new OptimizerSpec(learningRate, 0.9, 0.999, 1e-8, 0, 1);
  }

  private static void require(String field, double value, boolean valid) {
    if (!valid) {
      throw Problem.caller("MALFORMED_TRAINING", field + " = " + value + " is out of range")
          .at(Problem.FIELD, field);
    }
  }
}
