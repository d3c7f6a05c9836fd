package dev.tuneline.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * One measured figure.
 *
 * @param name what was measured
 * @param medians ours and the peer's, in {@code unit}
 * @param unit "s" and the like; a rate ends in "/s"
 */
record Figure(String name, Medians medians, String unit, Goal goal) {
  /** How many times better ours is than the peer's; null without a peer. */
  @Nullable Double ratio() {
    Double peer = medians.peer();
    if (peer == null) {
      return null;
    }
    return unit.endsWith("/s") ? medians.ours() / peer : peer / medians.ours();
  }

  /** Whether the goal is met; null when that needs a peer and there is none. */
  @Nullable Boolean met() {
    Double ratio = ratio();
    return switch (goal) {
      case Goal.AtMost most -> medians.ours() <= most.bound();
      case Goal.TimesBetter times -> ratio == null ? null : (Boolean) (ratio >= times.bound());
    };
  }
}
