package dev.tuneline.trainer.job;

import dev.tuneline.engine.training.Course;

/**
 * What a run does between which steps.
 *
 * @param checkpointSteps optimizer steps between checkpoints
 * @param evalSteps optimizer steps between evaluations; 0 for none before the end
 * @param keepsBest whether the adapter is what had the lowest validation loss
 * @param patience evaluations without progress after which training ends; 0 for never
 * @param threshold by how much a validation loss must fall to be progress
 * @param saveTotalLimit checkpoints to keep; 0 for all
 */
record Milestones(
    long checkpointSteps,
    long evalSteps,
    boolean keepsBest,
    int patience,
    double threshold,
    int saveTotalLimit) {

  boolean checkpointAfter(int step) {
    return step % checkpointSteps == 0;
  }

  boolean evaluationAfter(int step) {
    return evalSteps > 0 && step % evalSteps == 0;
  }

  /** Whether the validation loss has stopped falling for good. */
  boolean stopAfter(Course course) {
    return patience > 0 && course.stalled(threshold) >= patience;
  }
}
