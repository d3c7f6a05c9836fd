package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A topic folded in memory, from its beginning and ever on: what this process knows about all keys.
 *
 * <p>It is always a little behind the log; {@link #awaitCurrent} closes the gap where a decision
 * needs what has been said before it. Safe for use by several threads.
 */
public final class TopicView<S, M extends Message> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(TopicView.class);
  private static final Duration POLL = Duration.ofMillis(100);

  private final KafkaClients clients;
  private final Topic<M> topic;
  private final Fold<S, M> fold;
  private final Map<String, S> states = new ConcurrentSkipListMap<>();
  private final Map<Integer, Long> positions = new ConcurrentHashMap<>();
  private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
  private final org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer;
  private final Thread thread;
  private volatile boolean closed;

  /** A view that starts reading at once, on a thread of its own. */
  public TopicView(KafkaClients clients, Topic<M> topic, Fold<S, M> fold) {
    this.clients = clients;
    this.topic = topic;
    this.fold = fold;
    this.consumer = clients.plainConsumer();
    this.thread =
        Thread.ofPlatform()
            .daemon()
            .name(clients.clientId() + "-view-" + topic.name())
            .unstarted(this::run);
    thread.start();
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

  private void run() {
    List<TopicPartition> partitions = new ArrayList<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      partitions.add(new TopicPartition(clients.topicName(topic), partition));
    }
    try (consumer) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (!closed) {
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
    } catch (WakeupException e) {
      log.debug("view of {} ends", topic.name());
    } catch (RuntimeException e) {
      log.error("the view of {} broke and is no longer current", topic.name(), e);
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
    closed = true;
    consumer.wakeup();
    try {
      thread.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
