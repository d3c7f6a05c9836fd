package dev.tuneline.platform.events;

import java.time.Duration;

/** Pauses between tries, each twice as long as the one before, half a minute at most. */
record Backoff(Duration first) {
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int MAX_DOUBLINGS = 16;

  static Duration longest() {
    return LONGEST;
  }

  /** The pause after a failure that so many went before. */
  Duration after(int failures) {
    long millis = first.toMillis() << Math.clamp(failures, 0, MAX_DOUBLINGS);
    return Duration.ofMillis(Math.min(millis, LONGEST.toMillis()));
  }
}
