package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.kafka.common.TopicPartition;

/**
 * A topic folded in memory, from its beginning and ever on: what this process knows about all keys.
 *
 * <p>It is always a little behind the log; {@link #awaitCurrent} closes the gap where a decision
 * needs what has been said before it. Safe for use by several threads.
 */
public final class TopicView<S, M extends Message> implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaClients clients;
  private final Topic<M> topic;
  private final Fold<S, M> fold;
  private final Map<String, S> states = new ConcurrentSkipListMap<>();
  private final Map<Integer, Long> positions = new ConcurrentHashMap<>();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
  private final List<TopicPartition> partitions;
  private final PollLoop loop;

  /** A view that starts reading at once, on a thread of its own. */
  public TopicView(KafkaClients clients, Topic<M> topic, Fold<S, M> fold) {
    this.clients = clients;
    this.topic = topic;
    this.fold = fold;
    this.consumer = clients.plainConsumer();
    this.partitions =
        IntStream.range(0, topic.partitions())
            .mapToObj(partition -> new TopicPartition(clients.topicName(topic), partition))
            .toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    this.loop =
        new PollLoop(clients.clientId() + "-view-" + topic.name(), consumer, this::cycle, () -> {});
    loop.start();
  }

  /** Whether it still follows the log. */
  public boolean isRunning() {
    return loop.isRunning();
  }

  /** The state of a key as far as it is known. */
  public Optional<S> get(String key) {
    return Optional.ofNullable(states.get(key));
  }

  /** All states, in the order of their keys; a snapshot. */
  public List<S> all() {
    return List.copyOf(states.values());
  }

  /** Calls {@code listener} with a key after its state changed, on the view's thread; be brief. */
  public void onChange(Consumer<String> listener) {
    listeners.add(listener);
  }

  /**
   * Waits until everything that stood in the log at the time of the call is in the view.
   *
   * @throws Problem VIEW_BEHIND when that takes longer than {@code timeout}
   */
  public void awaitCurrent(Duration timeout) {
    Map<Integer, Long> ends = clients.endOffsets(topic);
    long deadline = System.nanoTime() + timeout.toNanos();
    synchronized (positions) {
      while (!reached(ends)) {
        long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
        if (leftMillis <= 0) {
          throw Problem.ours("VIEW_BEHIND", "the view of " + topic.name() + " is behind", null)
              .mend("try again; if it stays, look at the broker's load");
        }
        try {
          positions.wait(leftMillis);
        } catch (InterruptedException e) {
          throw KafkaClients.interrupted(e);
        }
      }
    }
  }

  private boolean reached(Map<Integer, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> positions.getOrDefault(end.getKey(), 0L) >= end.getValue());
  }

  private void cycle() {
    for (var kafkaRecord : consumer.poll(POLL)) {
      read(kafkaRecord);
    }
    synchronized (positions) {
      for (TopicPartition partition : partitions) {
        positions.put(partition.partition(), consumer.position(partition));
      }
      positions.notifyAll();
    }
  }

  private void read(org.apache.kafka.clients.consumer.ConsumerRecord<byte[], byte[]> kafkaRecord) {
    Event<M> event;
    try {
      event = EventCodec.decode(topic, kafkaRecord);
    } catch (Problem malformed) {
      return; // the topic's doorkeeper has put it into the dead letters
    }
    if (!Keyed.inPlace(topic, event)) {
      return;
    }
    String key = topic.key().apply(event.body());
    S before = states.get(key);
    S after = fold.apply(before, event);
    if (after == null) {
      states.remove(key);
    } else {
      states.put(key, after);
    }
    if (!Objects.equals(after, before)) {
      listeners.forEach(listener -> listener.accept(key));
    }
  }

  @Override
  public void close() {
    loop.close();
  }
}
