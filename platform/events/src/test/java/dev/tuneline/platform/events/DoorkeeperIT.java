package dev.tuneline.platform.events;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DoorkeeperIT {
  private EventLogFixture log;
  private TopicView<Job, JobEvent> jobs;

  @BeforeEach
  void open() {
    log = new EventLogFixture();
    jobs = new TopicView<>(log.clients, Topics.JOBS, new JobFold());
  }

  @AfterEach
  void close() {
    jobs.close();
    log.close();
  }

  @Test
  void aMalformedRecordBecomesOneDeadLetterAndStopsNobody() throws Exception {
    try (var _ = doorkeeper(_ -> {})) {
      sendRaw("job-x", 1, "{not json", Map.of());
      log.request("job-y");

      await().atMost(Duration.ofSeconds(30)).until(() -> deadLetters().size() == 1);
    }
    // One that starts later goes on where the first left off.
    try (var _ = doorkeeper(_ -> {})) {
      sendRaw("job-z", 2, "{not json either", Map.of());
      await().atMost(Duration.ofSeconds(30)).until(() -> deadLetters().size() >= 2);
    }

    List<ConsumerRecord<byte[], byte[]>> letters = deadLetters();
    assertThat(letters).hasSize(2);
    ConsumerRecord<byte[], byte[]> letter = letters.getFirst();
    assertThat(new String(letter.value(), UTF_8)).isEqualTo("{not json");
    assertThat(header(letter, DeadLetters.REASON)).isEqualTo("MALFORMED_EVENT");
    assertThat(header(letter, DeadLetters.TOPIC)).endsWith("tuneline.jobs.v1");
    assertThat(header(letter, DeadLetters.PARTITION)).isEqualTo("1");
    assertThat(header(letter, DeadLetters.MESSAGE)).contains("value");
    assertThat(header(letter, "ce_id")).isEqualTo("raw");
    assertThat(jobs.get("job-y")).isPresent();
  }

  @Test
  void anEventInTheWrongPartitionIsMovedToItsOwn() throws Exception {
    String jobId = "foreign";
    int wrong = (Keyed.partition(Topics.JOBS, jobId) + 1) % Topics.JOBS.partitions();
    try (var _ = doorkeeper(_ -> {})) {
      sendRaw(jobId, wrong, "{\"jobId\": \"foreign\", \"requested\": {}}", Map.of());

      await().atMost(Duration.ofSeconds(30)).until(() -> jobs.get(jobId).isPresent());
    }
    assertThat(deadLetters()).isEmpty();
  }

  @Test
  void aRefusedEventIsADeadLetterAndATroubledVetterLooksAgain() throws Exception {
    AtomicInteger looks = new AtomicInteger();
    Doorkeeper.Vetter<JobEvent> vetter =
        event -> {
          if (event.body().getJobId().equals("refused")) {
            throw Problem.caller("NOT_WELCOME", "no").at("why", "test");
          }
          if (event.body().getJobId().equals("later") && looks.incrementAndGet() < 3) {
            throw Problem.ours("NOT_NOW", "not now", null);
          }
        };
    try (var _ = doorkeeper(vetter)) {
      log.request("later");
      log.request("refused");

      await().atMost(Duration.ofSeconds(30)).until(() -> deadLetters().size() == 1);
      await().atMost(Duration.ofSeconds(30)).until(() -> looks.get() == 3);
    }
    assertThat(deadLetters()).hasSize(1);
    assertThat(header(deadLetters().getFirst(), DeadLetters.REASON)).isEqualTo("NOT_WELCOME");
    assertThat(header(deadLetters().getFirst(), "dlq_detail_why")).isEqualTo("test");
  }

  private Doorkeeper<JobEvent> doorkeeper(Doorkeeper.Vetter<JobEvent> vetter) {
    return new Doorkeeper<>(
        log.clients, Topics.JOBS, "doorkeeper", vetter, log.publisher, log.deadLetters);
  }

  private void sendRaw(String key, int partition, String json, Map<String, String> more)
      throws Exception {
    ProducerRecord<byte[], byte[]> raw =
        new ProducerRecord<>(
            log.clients.topicName(Topics.JOBS),
            partition,
            key.getBytes(UTF_8),
            json.getBytes(UTF_8));
    raw.headers().add("ce_id", "raw".getBytes(UTF_8));
    raw.headers().add("ce_type", "tuneline.v1.JobRequested".getBytes(UTF_8));
    raw.headers().add("ce_source", "outside".getBytes(UTF_8));
    raw.headers().add("content-type", "application/json".getBytes(UTF_8));
    more.forEach((name, value) -> raw.headers().add(name, value.getBytes(UTF_8)));
    try (var producer = log.clients.producer()) {
      producer.send(raw).get();
    }
  }

  private List<ConsumerRecord<byte[], byte[]>> deadLetters() {
    TopicPartition partition = new TopicPartition(log.clients.deadLetterName(Topics.JOBS), 0);
    List<ConsumerRecord<byte[], byte[]>> letters = new ArrayList<>();
    try (var consumer = log.clients.plainConsumer()) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = Objects.requireNonNull(consumer.endOffsets(List.of(partition)).get(partition));
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(100)).forEach(letters::add);
      }
    }
    return letters;
  }

  private static String header(ConsumerRecord<byte[], byte[]> letter, String name) {
    return new String(letter.headers().lastHeader(name).value(), UTF_8);
  }
}
