package dev.tuneline.platform.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a JVM in the middle of producing to its own broker. */
class KafkaKillIT {
  private static final String TOPIC = "kept";

  @TempDir Path folder;

  /** Produces numbers for ever; what stands in its file was acknowledged. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      Map<String, Object> config =
          Map.of(
              "bootstrap.servers",
              EmbeddedKafka.start(Path.of(args[0]), 0).bootstrapServers(),
              "acks",
              "all");
      try (Admin admin = Admin.create(config)) {
        admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
      }
      try (KafkaProducer<String, String> producer =
              new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
          var acknowledged = Files.newBufferedWriter(Path.of(args[1]))) {
        for (int i = 0; ; i++) {
          producer.send(new ProducerRecord<>(TOPIC, Integer.toString(i))).get();
          acknowledged.write(i + "\n");
          acknowledged.flush();
        }
      }
    }
  }

  @Test
  void everythingAcknowledgedIsThereAfterAKill() throws Exception {
    Path acknowledged = folder.resolve("acknowledged");
    Process holder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                folder.resolve("kafka").toString(),
                acknowledged.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> Files.exists(acknowledged) && Files.size(acknowledged) > 1_000);
    } finally {
      holder.destroyForcibly().waitFor();
    }
    Set<String> expected = new HashSet<>(Files.readAllLines(acknowledged));
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder.resolve("kafka"), 0);
        KafkaConsumer<String, String> consumer =
            new KafkaConsumer<>(
                Map.of("bootstrap.servers", kafka.bootstrapServers()),
                new StringDeserializer(),
                new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(TOPIC, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      List<String> found = new ArrayList<>();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(r -> found.add(r.value()));
                return found.size() >= expected.size();
              });
      assertThat(found).containsAll(expected).doesNotHaveDuplicates();
    }
  }
}
