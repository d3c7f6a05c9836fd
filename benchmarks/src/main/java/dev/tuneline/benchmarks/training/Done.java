package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a job gave.
 *
 * @param seconds of each step, its data's preparation included
 * @param losses of each step, before its update
 * @param heldOut mean over the held-out labels after the last step
 */
record Done(
    List<Double> seconds, List<Double> losses, @JsonProperty("held_out") @Nullable Double heldOut) {
  double totalSeconds() {
    return seconds.stream().mapToDouble(Double::doubleValue).sum();
  }
}
