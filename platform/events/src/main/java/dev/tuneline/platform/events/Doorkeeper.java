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
import org.apache.kafka.common.TopicPartition;
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

  private final Topic<M> topic;
  private final Vetter<M> vetter;
  private final DeadLetters deadLetters;
  private final EventPublisher publisher;
  private final Consumer<byte[], byte[]> consumer;
  private final PollLoop loop;

  /** A doorkeeper that starts at once. */
  public Doorkeeper(
      KafkaClients clients,
      Topic<M> topic,
      String group,
      Vetter<M> vetter,
      EventPublisher publisher,
      DeadLetters deadLetters) {
    this.topic = topic;
    this.vetter = vetter;
    this.publisher = publisher;
    this.deadLetters = deadLetters;
    this.consumer = clients.groupConsumer(group);
    consumer.subscribe(List.of(clients.topicName(topic)));
    this.loop = new PollLoop(group, consumer, this::cycle, () -> {});
    loop.start();
  }

  /** Whether it still looks at the topic; one that broke says why in the log. */
  public boolean isRunning() {
    return loop.isRunning();
  }

  private void cycle() {
    var records = consumer.poll(POLL);
    if (records.isEmpty()) {
      return;
    }
    try {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> kafkaRecord : records) {
        lookAt(kafkaRecord, sent);
      }
      sent.forEach(future -> EventPublisher.await(topic, future));
      consumer.commitSync();
    } catch (Problem problem) {
      log.warn("{} will look again: {}", topic.name(), problem.describe());
      for (TopicPartition partition : records.partitions()) {
        consumer.seek(partition, records.records(partition).getFirst().offset());
      }
      rest();
    }
  }

  private void lookAt(ConsumerRecord<byte[], byte[]> kafkaRecord, List<CompletableFuture<?>> sent) {
    while (!loop.isClosed()) {
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
        log.warn("{} will look again: {}", topic.name(), problem.describe());
        rest();
      }
    }
    throw Problem.exhausted("CLOSING", "the doorkeeper of " + topic.name() + " closes");
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
    loop.close();
  }
}
