package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * A stretch of a topic: of each partition, the offsets from one position up to another, exclusive.
 * Reading it again gives the same events, which makes it a value to build on.
 */
public record TopicRange<M extends Message>(
    Topic<M> topic, Map<Integer, Long> from, Map<Integer, Long> until) {
  private static final Duration POLL = Duration.ofMillis(500);
  private static final long STALL_SECONDS = 60;

  public TopicRange {
    from = Map.copyOf(from);
    until = Map.copyOf(until);
  }

  /**
   * Hands every readable event to {@code reader}, partition by partition, each in its order.
   * Malformed records are passed over: the topic's doorkeeper has put them into the dead letters.
   *
   * @throws Problem KAFKA_UNAVAILABLE when the log does not go on for a minute
   */
  public void read(KafkaClients clients, Consumer<Event<M>> reader) {
    try (var consumer = clients.plainConsumer()) {
      for (int partition = 0; partition < topic.partitions(); partition++) {
        long start = from.getOrDefault(partition, 0L);
        long end = until.getOrDefault(partition, 0L);
        if (start < end) {
          read(
              consumer,
              new TopicPartition(clients.topicName(topic), partition),
              start,
              end,
              reader);
        }
      }
    }
  }

  private void read(
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      TopicPartition partition,
      long start,
      long end,
      Consumer<Event<M>> reader) {
    consumer.assign(List.of(partition));
    consumer.seek(partition, start);
    long progressNanos = System.nanoTime();
    long position = start;
    while (position < end) {
      for (ConsumerRecord<byte[], byte[]> kafkaRecord : consumer.poll(POLL)) {
        if (kafkaRecord.offset() < end) {
          decode(kafkaRecord, reader);
        }
      }
      if (consumer.position(partition) > position) {
        position = consumer.position(partition);
        progressNanos = System.nanoTime();
      } else if (System.nanoTime() - progressNanos > TimeUnit.SECONDS.toNanos(STALL_SECONDS)) {
        throw KafkaClients.unreachable(
            partition + " does not go on at offset " + position + " of " + end,
            new IllegalStateException("stalled"));
      }
    }
  }

  private void decode(ConsumerRecord<byte[], byte[]> kafkaRecord, Consumer<Event<M>> reader) {
    Event<M> event;
    try {
      event = EventCodec.decode(topic, kafkaRecord);
    } catch (Problem malformed) {
      return;
    }
    reader.accept(event);
  }
}
