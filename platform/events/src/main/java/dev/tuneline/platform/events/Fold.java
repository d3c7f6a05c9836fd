package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import org.jspecify.annotations.Nullable;

/**
 * Makes a state from events, one at a time, in the order of the log. Pure: the same events give the
 * same state on every machine.
 */
@FunctionalInterface
public interface Fold<S, M extends Message> {
  /**
   * The state after an event.
   *
   * @param state the state so far, or null before the first event of a key
   * @return the next state; {@code state} itself when the event does not apply to it
   */
  @Nullable S apply(@Nullable S state, Event<M> event);
}
