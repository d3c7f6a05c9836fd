package dev.tuneline.platform.events;

import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A producer whose sends complete with the record's place in the log. Safe for several threads. */
final class RecordSender implements AutoCloseable {
  private final Producer<byte[], byte[]> producer;

  RecordSender(KafkaClients clients) {
    this.producer = clients.producer();
  }

  CompletableFuture<Event.Position> send(ProducerRecord<byte[], byte[]> kafkaRecord) {
    CompletableFuture<Event.Position> stored = new CompletableFuture<>();
    // The callback reports what the returned future would.
    var _ =
        producer.send(
            kafkaRecord,
            (metadata, failure) -> {
              if (failure == null) {
                stored.complete(new Event.Position(metadata.partition(), metadata.offset()));
              } else {
                stored.completeExceptionally(failure);
              }
            });
    return stored;
  }

  void flush() {
    producer.flush();
  }

  @Override
  public void close() {
    producer.close();
  }
}
