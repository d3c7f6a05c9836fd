package dev.tuneline.gateway.adapters;

import dev.tuneline.engine.arch.Adaptation;

/**
 * An adapter in memory, checked against its base model.
 *
 * @param adapterId the digest that names it
 * @param baseModel name of the base model that it was loaded over
 * @param adaptation what it does to the base model's projections
 * @param memory frees what it holds; called once, when nobody uses it any more
 */
public record LoadedAdapter(
    String adapterId, String baseModel, Adaptation adaptation, Runnable memory)
    implements AutoCloseable {
  @Override
  public void close() {
    memory.run();
  }
}
