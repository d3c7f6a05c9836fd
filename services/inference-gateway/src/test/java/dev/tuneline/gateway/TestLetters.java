package dev.tuneline.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.events.DeadLetters;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topic;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.TopicPartition;

/** Reads a topic's dead letters from the beginning. */
final class TestLetters {
  private TestLetters() {}

  static List<String> reasons(KafkaClients kafka, Topic<?> topic) {
    TopicPartition letters = new TopicPartition(kafka.deadLetterName(topic), 0);
    List<String> reasons = new ArrayList<>();
    try (var consumer = kafka.plainConsumer()) {
      consumer.assign(List.of(letters));
      consumer.seekToBeginning(List.of(letters));
      long end = consumer.endOffsets(List.of(letters)).getOrDefault(letters, 0L);
      while (consumer.position(letters) < end) {
        consumer
            .poll(Duration.ofMillis(200))
            .forEach(
                letter ->
                    reasons.add(
                        new String(
                            letter.headers().lastHeader(DeadLetters.REASON).value(), UTF_8)));
      }
    }
    return reasons;
  }
}
