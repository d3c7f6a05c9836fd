package dev.tuneline.trainer.history;

import java.time.Instant;

/**
 * What is known of a run before its first step, in Hugging Face's words.
 *
 * @param name unique among runs that people look at together, such as the job's id; part of a file
 *     name
 * @param createdAt when the job was asked for; part of a file name, so the same in each attempt
 * @param maxSteps optimizer steps of the whole run
 * @param epochs passes over the data, the last one perhaps in part
 * @param microBatch examples of one forward
 * @param samplesPerStep examples of one optimizer step
 * @param saveSteps optimizer steps between checkpoints
 * @param evalSteps optimizer steps between evaluations
 * @param flopsPerToken floating point operations of a token's forward and backward
 */
public record RunPlan(
    String name,
    Instant createdAt,
    int maxSteps,
    int epochs,
    int microBatch,
    int samplesPerStep,
    long saveSteps,
    long evalSteps,
    double flopsPerToken) {
  /** A log of more entries is read by nobody and slows every checkpoint. */
  private static final int MOST_ENTRIES = 1_000;

  /** Steps between entries: each one, unless there were more than a thousand. */
  int loggingSteps() {
    return Math.max(1, Math.ceilDiv(maxSteps, MOST_ENTRIES));
  }
}
