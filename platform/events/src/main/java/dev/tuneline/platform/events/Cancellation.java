package dev.tuneline.platform.events;

/**
 * Tells work that is under way to end before it is done. Safe for several threads.
 *
 * <p>Either nobody wants its outcome any more, or it is to be gone on with later, here or
 * elsewhere.
 */
public final class Cancellation {
  private volatile boolean cancelled;
  private volatile boolean suspended;

  /** Whether to stop as soon as possible, publishing nothing more. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** Whether to store what is done at the next border of the work, and to end there. */
  public boolean isSuspended() {
    return suspended;
  }

  void cancel() {
    cancelled = true;
  }

  void suspend() {
    suspended = true;
  }
}
