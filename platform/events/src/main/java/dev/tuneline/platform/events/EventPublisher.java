package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Puts events into the log. Safe for use by several threads. */
public final class EventPublisher implements AutoCloseable {
  private static final long TIMEOUT_SECONDS = 60;

  private final KafkaClients clients;
  private final InstantSource clock;
  private final Supplier<String> ids;
  private final RecordSender sender;

  /**
   * @param ids gives a new event id at each call, unique in the installation
   */
  public EventPublisher(KafkaClients clients, InstantSource clock, Supplier<String> ids) {
    this.clients = clients;
    this.clock = clock;
    this.ids = ids;
    this.sender = new RecordSender(clients);
  }

  /**
   * Stores an event that starts a chain and waits until it is safe.
   *
   * @throws dev.tuneline.errors.Problem KAFKA_UNAVAILABLE when it cannot be stored
   */
  public <M extends Message> Event.Position publish(Topic<M> topic, M body) {
    return await(topic, send(topic, body, null));
  }

  /** Stores an event that follows from another and waits until it is safe. */
  public <M extends Message> Event.Position publish(Topic<M> topic, M body, Event<?> cause) {
    return await(topic, send(topic, body, cause));
  }

  /**
   * Sends an event without waiting; blocks only while the producer's buffer is full.
   *
   * @return completes with the event's place once it is safe, or exceptionally
   */
  public <M extends Message> CompletableFuture<Event.Position> send(
      Topic<M> topic, M body, @Nullable Event<?> cause) {
    return send(topic, body, ids.get(), cause);
  }

  /** Sends an event under a given id, for callers whose ids are deterministic. */
  public <M extends Message> CompletableFuture<Event.Position> send(
      Topic<M> topic, M body, String id, @Nullable Event<?> cause) {
    Event<M> event =
        new Event<>(
            id,
            topic.typeOf(body),
            "tuneline/" + clients.clientId(),
            clock.instant(),
            cause == null ? "" : cause.id(),
            cause == null ? topic.key().apply(body) : cause.correlationId(),
            body,
            new Event.Position(0, 0));
    return send(topic, event);
  }

  /** Sends an event as it is, attributes included. */
  <M extends Message> CompletableFuture<Event.Position> send(Topic<M> topic, Event<M> event) {
    return sender.send(EventCodec.encode(topic, clients.topicName(topic), event));
  }

  /** Waits until everything sent so far is stored or has failed. */
  public void flush() {
    sender.flush();
  }

  static <T> T await(Topic<?> topic, CompletableFuture<T> stored) {
    try {
      return stored.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw KafkaClients.unreachable("could not store an event in " + topic.name(), e);
    } catch (InterruptedException e) {
      throw KafkaClients.interrupted(e);
    }
  }

  @Override
  public void close() {
    sender.close();
  }
}
