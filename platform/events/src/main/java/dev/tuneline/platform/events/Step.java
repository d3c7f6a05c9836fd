package dev.tuneline.platform.events;

import dev.tuneline.errors.Problem;

/**
 * One service's part in the life of a thing: what it does when the thing's state calls for it.
 *
 * <p>Both {@link #perform} and {@link #failed} must be idempotent: after a kill they run again, and
 * for a moment two processes may run them for one thing.
 */
public interface Step<S> {
  /** Whether the state calls for this step. Fast and without side effects. */
  boolean wants(S state);

  /**
   * Does the work and publishes what came of it. It runs on a platform thread of its own and may
   * take hours; it ends early, publishing nothing, once {@code cancellation} says so.
   *
   * @throws Exception a {@link Problem} of the caller is final; every other is retried with backoff
   */
  void perform(S state, Cancellation cancellation) throws Exception;

  /** Publishes that the work cannot be done. */
  void failed(S state, Problem problem);
}
