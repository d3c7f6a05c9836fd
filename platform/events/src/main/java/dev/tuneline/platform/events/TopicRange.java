package dev.tuneline.platform.events;

import com.google.protobuf.Message;
import dev.tuneline.errors.Problem;
import java.time.Duration;
import java.util.HashMap;
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
   * Hands every readable event to {@code reader}, each partition in its order; the partitions are
   * read together. Malformed records are passed over: the topic's doorkeeper has put them into the
   * dead letters.
   *
   * @throws Problem KAFKA_UNAVAILABLE when the log does not go on for a minute
   */
  public void read(KafkaClients clients, Consumer<Event<M>> reader) {
    Map<TopicPartition, Long> ends = new HashMap<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      if (start(partition) < until.getOrDefault(partition, 0L)) {
        ends.put(
            new TopicPartition(clients.topicName(topic), partition),
            until.getOrDefault(partition, 0L));
      }
    }
    try (var consumer = clients.plainConsumer()) {
      consumer.assign(ends.keySet());
      ends.keySet().forEach(partition -> consumer.seek(partition, start(partition.partition())));
      read(consumer, ends, reader);
    }
  }

  private void read(
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      Map<TopicPartition, Long> ends,
      Consumer<Event<M>> reader) {
    Map<TopicPartition, Long> open = new HashMap<>(ends);
    long progressNanos = System.nanoTime();
    long position = 0;
    while (!open.isEmpty()) {
      for (ConsumerRecord<byte[], byte[]> kafkaRecord : consumer.poll(POLL)) {
        Long end = ends.get(new TopicPartition(kafkaRecord.topic(), kafkaRecord.partition()));
        if (end != null && kafkaRecord.offset() < end) {
          decode(kafkaRecord, reader);
        }
      }
      long now = ends.keySet().stream().mapToLong(consumer::position).sum();
      if (now > position) {
        position = now;
        progressNanos = System.nanoTime();
      } else if (System.nanoTime() - progressNanos > TimeUnit.SECONDS.toNanos(STALL_SECONDS)) {
        throw KafkaClients.unreachable(
            topic.name() + " does not go on; left to read: " + open,
            new IllegalStateException("stalled"));
      }
      // A partition that is through must not be waited for by the others' fetches.
      open.entrySet()
          .removeIf(
              entry -> {
                boolean through = consumer.position(entry.getKey()) >= entry.getValue();
                if (through) {
                  consumer.pause(List.of(entry.getKey()));
                }
                return through;
              });
    }
  }

  private long start(int partition) {
    return from.getOrDefault(partition, 0L);
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
