package dev.tuneline.gateway.deployments;

import dev.tuneline.gateway.adapters.AdapterPool;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Where a deployment's requests go: adapters that are in memory, or the base model, by weight.
 *
 * @param baseModel the base model's name
 * @param targets their weights add up to 100
 */
record Route(String baseModel, List<Target> targets) {
  /**
   * One of them.
   *
   * @param pin holds the adapter in memory while the route is in use; null for the base model
   *     itself
   */
  record Target(AdapterPool.@Nullable Lease pin, int weightPercent) {}

  Route {
    targets = List.copyOf(targets);
  }

  /** The target of the next request. */
  Target choose(RandomGenerator random) {
    int roll = random.nextInt(100);
    for (Target target : targets) {
      roll -= target.weightPercent();
      if (roll < 0) {
        return target;
      }
    }
    throw new IllegalStateException("the weights do not add up to 100");
  }

  /** Lets the adapters go, each once the answers that use it have ended. */
  void release() {
    for (Target target : targets) {
      if (target.pin() != null) {
        target.pin().close();
      }
    }
  }
}
