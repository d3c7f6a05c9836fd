package dev.tuneline.engine.training;

/**
 * A validation loss that was measured in the course of a job.
 *
 * @param step optimizer steps done before
 * @param loss mean over all label tokens
 */
public record Evaluation(int step, double loss) {}
