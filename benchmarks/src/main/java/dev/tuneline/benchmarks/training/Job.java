package dev.tuneline.benchmarks.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * What a process of either side is asked to train; the same to both.
 *
 * @param model a Hugging Face model folder
 * @param adapter a PEFT folder of the adapter to start from; ours makes it by itself
 * @param examples a file with one {@code {ids, labels}} a line
 * @param heldOut such a file whose loss is wanted after the last step; null for none
 * @param warmUp steps before, on the first of the same examples, that are forgotten
 * @param steps optimizer steps to measure
 * @param batch examples of a step
 * @param shuffled false for the file's order; true for each side's own default
 */
record Job(
    String model,
    Held precision,
    String adapter,
    String examples,
    @JsonProperty("held_out") @Nullable String heldOut,
    @JsonProperty("warm_up") int warmUp,
    int steps,
    int batch,
    boolean shuffled,
    boolean checkpointing,
    @JsonProperty("learning_rate") double learningRate) {
  /** How the base model's weights are held. */
  enum Held {
    FP32,
    BF16,
    NF4
  }
}
