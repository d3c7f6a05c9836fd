package dev.tuneline.errors;

/** Whose turn it is to act on a {@link Problem}; decides retry, dead letter and status code. */
public enum Fault {
  /** The caller must change the request: reject it, never retry it. */
  CALLER,
  /** We failed: retry with backoff, then give up loudly. */
  OURS,
  /** Something bounded is full: the same request may pass later. */
  EXHAUSTED
}
