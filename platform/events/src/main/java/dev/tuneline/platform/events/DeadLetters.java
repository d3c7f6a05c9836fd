package dev.tuneline.platform.events;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Keeps records that nobody could use: key, value and headers as they were, and headers that say
 * where the record stood and why it was refused. Safe for use by several threads.
 */
public final class DeadLetters implements AutoCloseable {
  /** Prefix of the headers that are added. */
  public static final String PREFIX = "dlq_";

  /** Header with the problem's stable reason. */
  public static final String REASON = PREFIX + "reason";

  /** Header with the problem's sentence, place and mend. */
  public static final String MESSAGE = PREFIX + "message";

  /** Header with the original topic's name. */
  public static final String TOPIC = PREFIX + "topic";

  /** Header with the original partition. */
  public static final String PARTITION = PREFIX + "partition";

  /** Header with the original offset. */
  public static final String OFFSET = PREFIX + "offset";

  private final KafkaClients clients;
  private final RecordSender sender;

  public DeadLetters(KafkaClients clients) {
    this.clients = clients;
    this.sender = new RecordSender(clients);
  }

  /**
   * Stores a record in its topic's dead letters.
   *
   * @return completes once it is safe, or exceptionally
   */
  public CompletableFuture<Event.Position> bury(
      Topic<?> topic, ConsumerRecord<byte[], byte[]> kafkaRecord, Problem problem) {
    ProducerRecord<byte[], byte[]> letter =
        new ProducerRecord<>(clients.deadLetterName(topic), kafkaRecord.key(), kafkaRecord.value());
    kafkaRecord.headers().forEach(letter.headers()::add);
    header(letter, REASON, problem.reason());
    header(letter, MESSAGE, problem.describe());
    problem.details().forEach((key, value) -> header(letter, PREFIX + "detail_" + key, value));
    header(letter, TOPIC, kafkaRecord.topic());
    header(letter, PARTITION, Integer.toString(kafkaRecord.partition()));
    header(letter, OFFSET, Long.toString(kafkaRecord.offset()));
    return sender.send(letter);
  }

  private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
    letter.headers().add(name, value.getBytes(UTF_8));
  }

  @Override
  public void close() {
    sender.close();
  }
}
