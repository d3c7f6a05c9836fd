package dev.tuneline.engine.generation;

/** Why a sequence ended. */
public enum FinishReason {
  /** The model ended its turn. */
  EOS,
  /** A stop string appeared. */
  STOP_STRING,
  /** The token limit or the model's context was reached. */
  LENGTH,
  /** The caller gave up. */
  CANCELLED
}
