package dev.tuneline.gateway.answering;

import dev.tuneline.engine.generation.GenerationRequest;
import dev.tuneline.gateway.adapters.AdapterPool;
import org.jspecify.annotations.Nullable;

/**
 * All that the engine loop needs to make one answer.
 *
 * @param generation runs with {@code adapter}'s adaptation
 * @param adapter leased until the answer ends, which closes it; null for the base model itself
 * @param echo the prompt's text, said before the answer; null when it is not wanted
 */
public record Question(
    GenerationRequest generation, AdapterPool.@Nullable Lease adapter, @Nullable String echo) {
  /** The adapter's id, or "" for the base model. */
  String adapterId() {
    return adapter == null ? "" : adapter.adapter().adapterId();
  }

  /** Lets the adapter go; for whoever holds the question. */
  public void release() {
    if (adapter != null) {
      adapter.close();
    }
  }
}
