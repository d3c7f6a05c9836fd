package dev.tuneline.ingest.projection;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventCodec;
import dev.tuneline.platform.events.Fold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Keyed;
import dev.tuneline.platform.events.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folds a topic into a {@link ProjectionStore}, batch by batch. Offsets live beside the states, so
 * a batch is in both or in neither; whoever finds the offsets changed (a flush, another process)
 * begins again where they say.
 */
final class Projector<S extends Message, M extends Message> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Projector.class);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final long RETRY_MS = 250;
  private static final long ADMIN_TIMEOUT_SECONDS = 30;

  private final KafkaClients clients;
  private final Topic<M> topic;
  private final Fold<S, M> fold;
  private final Function<byte[], S> parser;
  private final Function<S, Long> createdAtMs;
  private final ProjectionStore store;
  private final Thread thread;
  private volatile boolean closed;

  // Owned by the thread.
  private boolean attached;
  private boolean ready;
  private String logId = "";
  private Map<Integer, Long> rebuiltAt = Map.of();

  // Guarded by itself; what is in Redis of this projector's doing.
  private final Map<Integer, Long> offsets = new TreeMap<>();

  Projector(
      KafkaClients clients,
      Topic<M> topic,
      Fold<S, M> fold,
      Function<byte[], S> parser,
      Function<S, Long> createdAtMs,
      ProjectionStore store) {
    this.clients = clients;
    this.topic = topic;
    this.fold = fold;
    this.parser = parser;
    this.createdAtMs = createdAtMs;
    this.store = store;
    this.thread =
        Thread.ofPlatform().daemon().name("projection-" + topic.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  boolean isRunning() {
    return thread.isAlive() && !closed;
  }

  /** Waits until the events before these offsets are in; false when it takes too long. */
  boolean await(Map<Integer, Long> wanted, Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (offsets) {
      while (!wanted.entrySet().stream()
          .allMatch(e -> offsets.getOrDefault(e.getKey(), 0L) >= e.getValue())) {
        long leftMs = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMs <= 0) {
          return false;
        }
        try {
          offsets.wait(leftMs);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
      return true;
    }
  }

  private void run() {
    while (!closed) {
      try (Consumer<byte[], byte[]> consumer = clients.plainConsumer()) {
        attached = false;
        consumer.assign(partitions());
        while (!closed) {
          cycle(consumer);
        }
      } catch (Problem | KafkaException e) {
        log.warn("the projection of {} will go on: {}", topic.name(), e.toString());
        rest();
      } catch (RuntimeException e) {
        log.error("the projection of {} failed and will go on", topic.name(), e);
        rest();
      }
    }
  }

  private void cycle(Consumer<byte[], byte[]> consumer) {
    if (!attached) {
      attach(consumer);
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    Map<Integer, Long> next = new TreeMap<>();
    for (TopicPartition partition : partitions()) {
      next.put(partition.partition(), consumer.position(partition));
    }
    Map<Integer, Long> before = known();
    // Without records this only looks whether the note still stands.
    if (!store.advance(logId, before, next, fold(records))) {
      attached = false;
      return;
    }
    know(next);
    if (!ready && reached(next, rebuiltAt)) {
      store.markReady();
      ready = true;
      log.info("the projection of {} is complete", topic.name());
    }
  }

  private void attach(Consumer<byte[], byte[]> consumer) {
    logId = logId();
    Map<Integer, Long> ends = clients.endOffsets(topic);
    ProjectionStore.Note note =
        store
            .note(logId)
            .filter(found -> reached(ends, found.offsets()))
            .orElseGet(
                () -> {
                  log.info("building the projection of {} from the log", topic.name());
                  store.reset(logId, topic.partitions());
                  return new ProjectionStore.Note(false, Map.of());
                });
    ready = note.ready();
    rebuiltAt = ends;
    Map<Integer, Long> from = new TreeMap<>();
    for (TopicPartition partition : partitions()) {
      long offset = note.offsets().getOrDefault(partition.partition(), 0L);
      from.put(partition.partition(), offset);
      consumer.seek(partition, offset);
    }
    know(from);
    attached = true;
  }

  private List<ProjectionStore.Change> fold(ConsumerRecords<byte[], byte[]> records) {
    List<Event<M>> events = new ArrayList<>();
    Set<String> keys = new LinkedHashSet<>();
    for (ConsumerRecord<byte[], byte[]> kafkaRecord : records) {
      try {
        Event<M> event = EventCodec.decode(topic, kafkaRecord);
        if (Keyed.inPlace(topic, event)) {
          events.add(event);
          keys.add(topic.key().apply(event.body()));
        }
      } catch (Problem malformed) {
        log.debug("passed over a malformed record of {}", topic.name(), malformed);
      }
    }
    if (keys.isEmpty()) {
      return List.of();
    }
    Map<String, S> states = new HashMap<>();
    var stored = store.states(keys).iterator();
    for (String key : keys) {
      byte[] state = stored.next();
      if (state != null) {
        states.put(key, parser.apply(state));
      }
    }
    Map<String, S> changed = new LinkedHashMap<>();
    for (Event<M> event : events) {
      String key = topic.key().apply(event.body());
      S after = fold.apply(states.get(key), event);
      if (after != null) {
        states.put(key, after);
        changed.put(key, after);
      }
    }
    List<ProjectionStore.Change> changes = new ArrayList<>();
    changed.forEach(
        (key, state) ->
            changes.add(
                new ProjectionStore.Change(key, state.toByteArray(), createdAtMs.apply(state))));
    return changes;
  }

  private static boolean reached(Map<Integer, Long> at, Map<Integer, Long> wanted) {
    return wanted.entrySet().stream()
        .allMatch(e -> at.getOrDefault(e.getKey(), 0L) >= e.getValue());
  }

  private Map<Integer, Long> known() {
    synchronized (offsets) {
      return new TreeMap<>(offsets);
    }
  }

  private void know(Map<Integer, Long> now) {
    synchronized (offsets) {
      offsets.putAll(now);
      offsets.notifyAll();
    }
  }

  private List<TopicPartition> partitions() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      partitions.add(new TopicPartition(clients.topicName(topic), partition));
    }
    return partitions;
  }

  /** A topic that was made anew under its old name is another log. */
  private String logId() {
    String name = clients.topicName(topic);
    try {
      var description =
          clients
              .admin()
              .describeTopics(List.of(name))
              .allTopicNames()
              .get(ADMIN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
              .get(name);
      if (description == null) {
        throw Problem.ours("KAFKA_UNAVAILABLE", "there is no topic " + name, null);
      }
      return description.topicId().toString();
    } catch (ExecutionException | TimeoutException e) {
      throw Problem.ours("KAFKA_UNAVAILABLE", "could not look at topic " + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while waiting for Kafka", e);
    }
  }

  private void rest() {
    try {
      Thread.sleep(RETRY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      closed = true;
    }
  }

  @Override
  public void close() {
    closed = true;
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
