package dev.tuneline.engine.training;

/**
 * What was measured of the validation split in the course of a job.
 *
 * @param step optimizer steps done before
 * @param loss mean over all label tokens
 * @param accuracy part of the label tokens that are the likeliest where they stand
 */
public record Evaluation(int step, double loss, double accuracy) {}
