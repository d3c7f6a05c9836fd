package dev.tuneline.ingest.projection;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.Fold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topic;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A topic's states in Redis, for any number of readers. Safe for use by several threads, and any
 * number of processes may run the same projection.
 *
 * <p>Reading is honest while Redis is flushed or the states are rebuilt: it waits, and does not
 * take a state that is not there yet for one that does not exist.
 */
public final class Projection<S extends Message, M extends Message> implements AutoCloseable {
  private static final long RETRY_MS = 20;

  /** A part of the list, newest first. */
  public record Page<S>(List<S> states, String nextToken) {}

  private final KafkaClients clients;
  private final Topic<M> topic;
  private final Parser<S> parser;
  private final ProjectionStore store;
  private final Projector<S, M> projector;
  private final Duration timeout;
  private final Function<S, Long> createdAtMs;

  /**
   * A projection that starts at once.
   *
   * @param name of its keys in Redis
   * @param parser of stored states
   * @param createdAtMs when a state's thing was made, in milliseconds since 1970
   * @param timeout how long a reader waits for the projection at most
   */
  public Projection(
      KafkaClients clients,
      RedisConnection redis,
      String name,
      Topic<M> topic,
      Fold<S, M> fold,
      Parser<S> parser,
      Function<S, Long> createdAtMs,
      Duration timeout) {
    this.clients = clients;
    this.topic = topic;
    this.parser = parser;
    this.timeout = timeout;
    this.createdAtMs = createdAtMs;
    this.store = new ProjectionStore(redis, name);
    this.projector =
        new Projector<>(clients, topic, fold, bytes -> parse(parser, bytes), createdAtMs, store);
    projector.start();
  }

  /** The state of a key, which is at least as new as any event stored before the call. */
  public Optional<S> current(String key) {
    awaitLog(clients.endOffsets(topic));
    return latest(key);
  }

  /** The state of a key as far as it is known; a little behind the log. */
  public Optional<S> latest(String key) {
    List<byte[]> found =
        whenReady(() -> store.readyStates(List.of(key))).stream()
            .flatMap(bytes -> Optional.ofNullable(bytes).stream())
            .toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(parse(parser, found.getFirst()));
  }

  /** The state of a key with the event at a position in it. */
  public Optional<S> at(String key, Event.Position position) {
    awaitLog(Map.of(position.partition(), position.offset() + 1));
    return latest(key);
  }

  /**
   * A part of the list of all states, newest first.
   *
   * @param size at least 1
   * @param token empty, or the former page's
   * @throws Problem INVALID_PAGE_TOKEN when it is no token of ours
   */
  public Page<S> list(int size, String token) {
    String before = decode(token);
    List<ProjectionStore.Listed> found = whenReady(() -> store.list(before, size + 1));
    boolean more = found.size() > size;
    List<ProjectionStore.Listed> page = more ? found.subList(0, size) : found;
    return new Page<>(
        page.stream().map(listed -> parse(parser, listed.state())).toList(),
        more ? encode(page.getLast().order()) : "");
  }

  /** The token of the part of the list behind a state. */
  public String tokenAfter(String key, S state) {
    return encode(ProjectionStore.order(key, createdAtMs.apply(state)));
  }

  /** Whether it still follows the log. */
  public boolean isRunning() {
    return projector.isRunning();
  }

  @Override
  public void close() {
    projector.close();
  }

  private void awaitLog(Map<Integer, Long> offsets) {
    if (!projector.await(offsets, timeout)) {
      throw behind();
    }
  }

  private <T> T whenReady(Supplier<Optional<T>> reading) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Optional<T> found = reading.get();
      if (found.isPresent()) {
        return found.get();
      }
      if (System.nanoTime() - deadline > 0) {
        throw behind();
      }
      try {
        Thread.sleep(RETRY_MS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw behind();
      }
    }
  }

  private Problem behind() {
    return Problem.ours(
            "PROJECTION_UNAVAILABLE", "the projection of " + topic.name() + " is behind", null)
        .mend("try again in a moment; if it stays, look at Kafka and Redis");
  }

  private static <S extends Message> S parse(Parser<S> parser, byte[] bytes) {
    try {
      return parser.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw Problem.ours("BAD_PROJECTION", "a state in Redis is not readable", e)
          .mend("flush Redis; projections rebuild from the log");
    }
  }

  private static String encode(String order) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(order.getBytes(UTF_8));
  }

  private static String decode(String token) {
    try {
      return new String(Base64.getUrlDecoder().decode(token), UTF_8);
    } catch (IllegalArgumentException e) {
      throw Problem.caller("INVALID_PAGE_TOKEN", "the page token is not one of ours")
          .at(Problem.FIELD, "page_token")
          .mend("send next_page_token of the former answer, or nothing")
          .causedBy(e);
    }
  }
}
