package dev.tuneline.gateway.answering;

/** An answer that was asked for; safe for several threads. */
public interface Answer {
  /**
   * Nobody wants it any more: it leaves the queue, or its place in the batch at the next step. Its
   * listener may hear pieces until then, and hears no end.
   */
  void cancel();
}
