package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import java.time.Instant;

/**
 * One event as read from the log: a CloudEvent's attributes and its message.
 *
 * @param id unique with {@code source}
 * @param type full name of the event's message, e.g. {@code tuneline.v1.JobRequested}
 * @param source who said it, e.g. {@code tuneline/trainer}
 * @param causationId id of the event that led to this one; empty at the start of a chain
 * @param correlationId the same for everything that follows from one start
 * @param body the topic's message
 * @param position where it stands in the log
 */
public record Event<M extends Message>(
    String id,
    String type,
    String source,
    Instant time,
    String causationId,
    String correlationId,
    M body,
    Position position) {

  /** A place in a topic. */
  public record Position(int partition, long offset) {}
}
