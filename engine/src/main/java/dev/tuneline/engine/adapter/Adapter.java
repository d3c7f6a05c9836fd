package dev.tuneline.engine.adapter;

import dev.tuneline.engine.arch.Adaptation;

/**
 * A loaded adapter that decoders run with; any number of threads at once while nothing trains it.
 *
 * <p>{@link #close} frees its native memory; no forward may use it then.
 */
public interface Adapter extends Adaptation, AutoCloseable {
  /** The method's name in {@link Methods}. */
  String method();

  /** Number of its values. */
  long parameterCount();

  @Override
  void close();
}
