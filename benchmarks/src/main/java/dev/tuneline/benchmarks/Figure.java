package dev.tuneline.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One measured figure.
 *
 * @param name what was measured
 * @param medians ours and the peer's, in {@code unit}
 * @param unit "s" and the like; a rate ends in "/s"
 * @param goal null for a figure that is only stated
 */
public record Figure(String name, Medians medians, String unit, @Nullable Goal goal) {
  public Figure {
    if (goal != null && goal.unit() != null && !goal.unit().equals(unit)) {
      throw new IllegalArgumentException("%s in %s: goal %s".formatted(name, unit, goal));
    }
  }

  /** Ours divided by the peer's; null without a peer. */
  @Nullable Double ratio() {
    Double peer = medians.peer();
    return peer == null ? null : (Double) (medians.ours() / peer);
  }

  /** Whether the goal is met; null without one, or when it needs a peer and there is none. */
  @Nullable Boolean met() {
    return goal == null ? null : goal.met(medians.ours(), ratio());
  }
}
