package dev.tuneline.platform.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedKafkaIT {
  private static final TopicPartition PARTITION = new TopicPartition("kept", 0);

  @TempDir Path folder;

  @Test
  void topicsRecordsAndOffsetsSurviveARestart() throws Exception {
    int firstPort;
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0)) {
      firstPort = portOf(kafka);
      try (Admin admin = admin(kafka)) {
        admin.createTopics(List.of(new NewTopic("kept", 2, (short) 1))).all().get();
      }
      try (KafkaProducer<String, String> producer = producer(kafka, Map.of())) {
        producer.send(new ProducerRecord<>("kept", 0, "k", "before")).get();
      }
      assertThat(read(kafka)).containsExactly("before");
    }
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0)) {
      assertThat(portOf(kafka)).isPositive();
      try (Admin admin = admin(kafka)) {
        assertThat(admin.describeTopics(List.of("kept")).allTopicNames().get().values())
            .extracting(topic -> topic.partitions().size())
            .containsExactly(2);
      }
      try (KafkaProducer<String, String> producer = producer(kafka, Map.of())) {
        producer.send(new ProducerRecord<>("kept", 0, "k", "after")).get();
      }
      // The group goes on where it stood.
      assertThat(read(kafka)).containsExactly("after");
    }
    assertThat(firstPort).isPositive();
  }

  @Test
  void abortedTransactionsStayInvisibleAndNoTopicAppearsByAccident() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0);
        Admin admin = admin(kafka);
        KafkaProducer<String, String> producer =
            producer(kafka, Map.of("transactional.id", "t1"))) {
      admin.createTopics(List.of(new NewTopic("kept", 1, (short) 1))).all().get();
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("kept", "k", "aborted")).get();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>("kept", "k", "committed")).get();
      producer.commitTransaction();
      assertThat(read(kafka)).containsExactly("committed");
      ExecutionException e =
          catchThrowableOfType(
              ExecutionException.class,
              () -> admin.describeTopics(List.of("nobody-made-it")).allTopicNames().get());
      assertThat(e).hasCauseInstanceOf(UnknownTopicOrPartitionException.class);
    }
  }

  @Test
  void aTakenPortIsTheCallersProblem() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Problem problem =
          catchThrowableOfType(
              Problem.class, () -> EmbeddedKafka.start(folder, taken.getLocalPort()));
      assertThat(problem.reason()).isEqualTo("PORT_IN_USE");
      assertThat(problem.details()).containsEntry("port", Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aFolderInUseIsAProblemAndDoesNotDisturbItsOwner() throws Exception {
    try (EmbeddedKafka kafka = EmbeddedKafka.start(folder, 0)) {
      Problem problem = catchThrowableOfType(Problem.class, () -> EmbeddedKafka.start(folder, 0));
      assertThat(problem.reason()).isEqualTo("KAFKA_START_FAILED");
      try (Admin admin = admin(kafka)) {
        assertThat(admin.describeCluster().nodes().get()).hasSize(1);
      }
    }
  }

  private static int portOf(EmbeddedKafka kafka) {
    return Integer.parseInt(kafka.bootstrapServers().substring("127.0.0.1:".length()));
  }

  private static Admin admin(EmbeddedKafka kafka) {
    return Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()));
  }

  private static KafkaProducer<String, String> producer(
      EmbeddedKafka kafka, Map<String, Object> more) {
    Map<String, Object> config = new HashMap<>(more);
    config.put("bootstrap.servers", kafka.bootstrapServers());
    return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
  }

  /** What the group "g" has not read yet, once there is something. */
  private static List<String> read(EmbeddedKafka kafka) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers", kafka.bootstrapServers(),
            "group.id", "g",
            "enable.auto.commit", false,
            "auto.offset.reset", "earliest",
            "isolation.level", "read_committed");
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
      consumer.assign(List.of(PARTITION));
      List<String> values = new ArrayList<>();
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                consumer.poll(Duration.ofMillis(200)).forEach(r -> values.add(r.value()));
                return !values.isEmpty();
              });
      consumer.commitSync();
      return values;
    }
  }
}
