package dev.tuneline.parity;

import dev.tuneline.engine.training.TrainingSpec;

/** How a trajectory makes one loss of its micro-batches. */
enum Convention {
  MEAN_OF_MEANS("mean_of_means", TrainingSpec.LossMean.MICRO_BATCHES),
  TOKEN_MEAN("token_mean", TrainingSpec.LossMean.TOKENS);

  private final String field;
  private final TrainingSpec.LossMean mean;

  Convention(String field, TrainingSpec.LossMean mean) {
    this.field = field;
    this.mean = mean;
  }

  /** Its name in documents. */
  String field() {
    return field;
  }

  TrainingSpec.LossMean mean() {
    return mean;
  }
}
