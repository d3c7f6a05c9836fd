package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Does one service's step for every thing whose state calls for it.
 *
 * <p>The group's members share the topic's partitions, so a thing has one owner at a time. An owner
 * replays its partitions from their beginning, folds each key's events to a state, and works on
 * whatever state calls for work: there is no progress to commit and none to lose. After a kill the
 * partition's next owner finds the same state and does what is left. One thread polls throughout,
 * so work may take hours; the work itself runs on other threads.
 */
public final class WorkLoop<S, M extends Message> implements AutoCloseable {
  /**
   * How a loop works.
   *
   * @param concurrency things worked on at a time
   * @param attempts tries before a problem that is not the caller's is final
   * @param backoff pause after the first failed try; doubles with each further one
   */
  public record Settings(int concurrency, int attempts, Duration backoff) {
    public Settings {
      if (concurrency < 1 || attempts < 1 || backoff.isNegative()) {
        throw new IllegalArgumentException("settings out of range");
      }
    }

    /** One thing at a time, five tries, half a second of first backoff. */
    public static Settings standard() {
      return new Settings(1, 5, Duration.ofMillis(500));
    }
  }

  private static final Duration POLL = Duration.ofMillis(100);
  private static final long UNKNOWN = -1;

  private final Topic<M> topic;
  private final Fold<S, M> fold;
  private final Step<S> step;
  private final Consumer<byte[], byte[]> consumer;
  private final WorkPool<S> pool;
  private final PollLoop loop;

  // Owned by the polling thread.
  private final Map<TopicPartition, Partition> owned = new LinkedHashMap<>();
  private final Map<String, TopicPartition> places = new HashMap<>();

  private final class Partition {
    final Map<String, S> states = new LinkedHashMap<>();

    /** States are current once the position has reached this offset; unknown until asked for. */
    long currentFrom = UNKNOWN;
  }

  /**
   * A loop that starts at once.
   *
   * @param group the members that share the work, e.g. {@code tuneline-trainer}
   */
  public WorkLoop(
      KafkaClients clients,
      Topic<M> topic,
      Fold<S, M> fold,
      String group,
      Step<S> step,
      Settings settings) {
    this.topic = topic;
    this.fold = fold;
    this.step = step;
    this.consumer = clients.groupConsumer(group);
    this.pool = new WorkPool<>(group, step, settings);
    consumer.subscribe(List.of(clients.topicName(topic)), new Ownership());
    this.loop = new PollLoop(group, consumer, this::cycle, pool::shutdown);
    loop.start();
  }

  /** Whether it still works; a loop that broke says why in the log. */
  public boolean isRunning() {
    return loop.isRunning();
  }

  private void cycle() {
    for (ConsumerRecord<byte[], byte[]> kafkaRecord : consumer.poll(POLL)) {
      read(kafkaRecord);
    }
    reap();
    cancelUnwanted();
    start();
  }

  private void read(ConsumerRecord<byte[], byte[]> kafkaRecord) {
    Partition partition =
        owned.get(new TopicPartition(kafkaRecord.topic(), kafkaRecord.partition()));
    if (partition == null) {
      return;
    }
    Event<M> event;
    try {
      event = EventCodec.decode(topic, kafkaRecord);
    } catch (Problem malformed) {
      return; // the topic's doorkeeper puts it into the dead letters
    }
    if (!Keyed.inPlace(topic, event)) {
      return;
    }
    String key = topic.key().apply(event.body());
    S next = fold.apply(partition.states.get(key), event);
    if (next == null) {
      partition.states.remove(key);
    } else {
      partition.states.put(key, next);
    }
  }

  /**
   * Takes note of work that has ended and waits for its events before looking at its thing again.
   */
  private void reap() {
    for (String key : pool.reap()) {
      Partition partition = owned.get(places.remove(key));
      if (partition != null) {
        partition.currentFrom = UNKNOWN;
      }
    }
  }

  private void cancelUnwanted() {
    pool.cancelIf(
        key -> {
          Partition partition = owned.get(places.get(key));
          S state = partition == null ? null : partition.states.get(key);
          return state == null || !step.wants(state);
        });
  }

  private void start() {
    for (var entry : owned.entrySet()) {
      if (!isCurrent(entry.getKey(), entry.getValue())) {
        continue;
      }
      for (var keyed : entry.getValue().states.entrySet()) {
        if (!pool.hasRoom()) {
          return;
        }
        if (pool.isIdle(keyed.getKey()) && step.wants(keyed.getValue())) {
          places.put(keyed.getKey(), entry.getKey());
          pool.start(keyed.getKey(), keyed.getValue());
        }
      }
    }
  }

  /** Whether all that was said before the newest ending or assignment is in the states. */
  private boolean isCurrent(TopicPartition topicPartition, Partition partition) {
    if (partition.currentFrom == UNKNOWN) {
      partition.currentFrom =
          consumer.endOffsets(List.of(topicPartition)).getOrDefault(topicPartition, 0L);
    }
    return consumer.position(topicPartition) >= partition.currentFrom;
  }

  @Override
  public void close() {
    loop.close();
    pool.awaitEnd();
  }

  /**
   * What is owned is replayed from its beginning; what is lost is dropped and its work cancelled.
   */
  private final class Ownership implements ConsumerRebalanceListener {
    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
      consumer.seekToBeginning(partitions);
      for (TopicPartition partition : partitions) {
        owned.put(partition, new Partition());
      }
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
      for (TopicPartition partition : partitions) {
        owned.remove(partition);
      }
      pool.cancelIf(key -> partitions.contains(places.get(key)));
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
      onPartitionsRevoked(partitions);
    }
  }
}
