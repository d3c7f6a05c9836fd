package dev.tuneline.platform.events;

/**
 * Tells work that is under way that nobody wants its outcome any more. Safe for several threads.
 */
public final class Cancellation {
  private volatile boolean cancelled;

  /** Whether to stop as soon as possible, publishing nothing more. */
  public boolean isCancelled() {
    return cancelled;
  }

  void cancel() {
    cancelled = true;
  }
}
