package dev.tuneline.engine.training;

/**
 * What a training job takes at its largest micro-batch, in bytes, beside what the process holds
 * anyway.
 *
 * @param weights the base model, as it is held
 * @param trained parameters, their gradients and the optimizer's state
 * @param activations what the forward remembers for the backward, and what the backward of one
 *     block takes meanwhile
 * @param head logits and what belongs to them
 * @param scratch what libraries and allocators hold beside all that is asked of them
 */
public record MemoryEstimate(
    long weights, long trained, long activations, long head, long scratch) {
  /** The sum of all. */
  public long total() {
    return weights + trained + activations + head + scratch;
  }
}
