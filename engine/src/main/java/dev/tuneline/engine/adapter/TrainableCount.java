package dev.tuneline.engine.adapter;

/**
 * How much of a model a job trains.
 *
 * @param trained values that gradients flow into
 * @param total those plus the frozen ones, tied matrices counted once
 */
public record TrainableCount(long trained, long total) {
  /** The trained share, 0 to 100. */
  public double percent() {
    return 100.0 * trained / total;
  }
}
