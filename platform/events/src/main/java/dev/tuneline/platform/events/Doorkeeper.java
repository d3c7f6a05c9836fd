package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Fault;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at every record of a topic once: what cannot be read, or is refused, goes to the topic's
 * dead letters with the reason; what stands in the wrong partition for its key is stored again in
 * the right one. Each topic has one doorkeeper group, so a bad record makes one dead letter however
 * many services read the topic. Offsets are committed after the dead letters are safe.
 */
public final class Doorkeeper<M extends Message> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Doorkeeper.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final long RETRY_MS = 500;

  /** Decides about an event that could be read. */
  @FunctionalInterface
  public interface Vetter<M extends Message> {
    /**
     * Returns normally when the event is welcome.
     *
     * @throws Problem of the caller: the event becomes a dead letter; any other: it is looked at
     *     again, since the event is not to blame
     */
    void vet(Event<M> event);
  }

  private final KafkaClients clients;
  private final Topic<M> topic;
  private final Vetter<M> vetter;
  private final DeadLetters deadLetters;
  private final EventPublisher publisher;
  private final Consumer<byte[], byte[]> consumer;
  private final Thread thread;
  private volatile boolean closed;

  /** A doorkeeper that starts at once. */
  public Doorkeeper(
      KafkaClients clients,
      Topic<M> topic,
      String group,
      Vetter<M> vetter,
      EventPublisher publisher,
      DeadLetters deadLetters) {
    this.clients = clients;
    this.topic = topic;
    this.vetter = vetter;
    this.publisher = publisher;
    this.deadLetters = deadLetters;
    this.consumer = clients.groupConsumer(group);
    this.thread = Thread.ofPlatform().daemon().name(group).unstarted(this::run);
    thread.start();
  }

  private void run() {
    try (consumer) {
      consumer.subscribe(List.of(clients.topicName(topic)));
      while (!closed) {
        var records = consumer.poll(POLL);
        List<CompletableFuture<?>> sent = new ArrayList<>();
        for (ConsumerRecord<byte[], byte[]> kafkaRecord : records) {
          lookAt(kafkaRecord, sent);
        }
        sent.forEach(future -> EventPublisher.await(topic, future));
        if (!records.isEmpty()) {
          consumer.commitSync();
        }
      }
    } catch (WakeupException e) {
      log.debug("doorkeeper of {} ends", topic.name());
    } catch (RuntimeException e) {
      if (!closed) {
        log.error("the doorkeeper of {} broke", topic.name(), e);
      }
    }
  }

  private void lookAt(ConsumerRecord<byte[], byte[]> kafkaRecord, List<CompletableFuture<?>> sent) {
    while (!closed) {
      try {
        Event<M> event = EventCodec.decode(topic, kafkaRecord);
        vetter.vet(event);
        if (!Keyed.inPlace(topic, event)) {
          sent.add(publisher.send(topic, event));
        }
        return;
      } catch (Problem problem) {
        if (problem.fault() == Fault.CALLER) {
          log.warn(
              "dead letter from {} partition {} offset {}: {}",
              topic.name(),
              kafkaRecord.partition(),
              kafkaRecord.offset(),
              problem.describe());
          sent.add(deadLetters.bury(topic, kafkaRecord, problem));
          return;
        }
        log.warn("could not vet an event of {}, will retry: {}", topic.name(), problem.describe());
        rest();
      }
    }
  }

  private void rest() {
    try {
      Thread.sleep(RETRY_MS);
    } catch (InterruptedException e) {
      throw KafkaClients.interrupted(e);
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
