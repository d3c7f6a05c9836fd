package dev.tuneline.platform.events;

import dev.tuneline.errors.Problem;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Makes every Kafka client of a process, so that security, names and limits are set in one place.
 *
 * <p>Safe for use by several threads; the consumers it makes are not.
 */
public final class KafkaClients implements AutoCloseable {
  private static final int MAX_REQUEST_BYTES = 8 << 20;
  private static final long ADMIN_TIMEOUT_SECONDS = 30;

  private final String bootstrapServers;
  private final String clientId;
  private final String namespace;
  private final Admin admin;
  private final Patience patience;

  /**
   * How long a consumer group waits for a member before the others take over what it had.
   *
   * @param sessionMs without a heartbeat, as of one that was killed; not below the cluster's {@code
   *     group.min.session.timeout.ms}
   * @param pollIntervalMs without a poll, as of one that hangs
   */
  public record Patience(int sessionMs, int pollIntervalMs) {
    public Patience {
      if (sessionMs < 1 || pollIntervalMs < 1) {
        throw new IllegalArgumentException("a group's patience must be positive");
      }
    }

    /** 8 seconds and 5 minutes. */
    public static Patience standard() {
      return new Patience(8_000, 300_000);
    }
  }

  /**
   * @param bootstrapServers {@code host:port}, separated by commas
   * @param clientId the service's name; also the CloudEvents source of what it publishes
   * @param namespace put in front of every topic and group name; empty for a cluster of its own
   */
  public KafkaClients(String bootstrapServers, String clientId, String namespace) {
    this(bootstrapServers, clientId, namespace, Patience.standard());
  }

  /** The same with another patience. */
  public KafkaClients(
      String bootstrapServers, String clientId, String namespace, Patience patience) {
    this.patience = patience;
    this.bootstrapServers = bootstrapServers;
    this.clientId = clientId;
    this.namespace = namespace;
    this.admin =
        Admin.create(
            Map.of(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServers,
                AdminClientConfig.CLIENT_ID_CONFIG,
                clientId + "-admin"));
  }

  /** The service's name. */
  public String clientId() {
    return clientId;
  }

  /** The name that the cluster knows a topic by. */
  public String topicName(Topic<?> topic) {
    return namespace + topic.name();
  }

  /** The name that the cluster knows a topic's dead-letter topic by. */
  public String deadLetterName(Topic<?> topic) {
    return namespace + topic.deadLetterName();
  }

  /** The admin client, owned by this object. */
  public Admin admin() {
    return admin;
  }

  /** A producer that waits for all in-sync replicas and never doubles a record by retrying. */
  public Producer<byte[], byte[]> producer() {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(ProducerConfig.CLIENT_ID_CONFIG, clientId);
    config.put(ProducerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    config.put(ProducerConfig.LINGER_MS_CONFIG, 5);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 128 << 10);
    config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, MAX_REQUEST_BYTES);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** A consumer that shares its topics' partitions with the group's other members. */
  Consumer<byte[], byte[]> groupConsumer(String group) {
    return new KafkaConsumer<>(
        groupConfig(group), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** As {@link #groupConsumer(String)}, under a name of its own in the group. */
  Consumer<byte[], byte[]> groupConsumer(String group, String member) {
    Map<String, Object> config = groupConfig(group);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, member);
    return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  /** A consumer to which partitions are assigned by hand. */
  public Consumer<byte[], byte[]> plainConsumer() {
    return new KafkaConsumer<>(
        consumerConfig(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  private Map<String, Object> groupConfig(String group) {
    Map<String, Object> config = consumerConfig();
    config.put(ConsumerConfig.GROUP_ID_CONFIG, namespace + group);
    config.put(
        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
        List.of(CooperativeStickyAssignor.class));
    config.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, patience.pollIntervalMs());
    config.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, patience.sessionMs());
    config.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, patience.sessionMs() / 4);
    return config;
  }

  private Map<String, Object> consumerConfig() {
    Map<String, Object> config = new HashMap<>();
    config.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    config.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
    config.put(ConsumerConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, MAX_REQUEST_BYTES);
    return config;
  }

  /**
   * Creates the topics and dead-letter topics that do not exist yet; every service calls it at
   * start.
   *
   * @param replication copies of each partition; -1 takes the cluster's default
   */
  public void ensureTopics(short replication) {
    Set<NewTopic> wanted = new HashSet<>();
    for (Topic<?> topic : Topics.all()) {
      Map<String, String> config = new HashMap<>();
      config.put(
          TopicConfig.CLEANUP_POLICY_CONFIG,
          topic.compacted()
              ? TopicConfig.CLEANUP_POLICY_COMPACT
              : TopicConfig.CLEANUP_POLICY_DELETE);
      // The log is the truth: nothing leaves it by age.
      config.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
      config.put(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(MAX_REQUEST_BYTES));
      wanted.add(new NewTopic(topicName(topic), topic.partitions(), replication).configs(config));
      wanted.add(
          new NewTopic(deadLetterName(topic), 1, replication)
              .configs(
                  Map.of(
                      TopicConfig.RETENTION_MS_CONFIG,
                      "-1",
                      TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                      Integer.toString(MAX_REQUEST_BYTES))));
    }
    admin.createTopics(wanted).values().forEach(KafkaClients::awaitCreated);
  }

  private static void awaitCreated(String name, KafkaFuture<Void> creation) {
    try {
      creation.get(ADMIN_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof TopicExistsException)) {
        throw unreachable("could not create topic " + name, e);
      }
    } catch (TimeoutException e) {
      throw unreachable("no answer while creating topic " + name, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** For each partition of the topic, the offset after its newest record. */
  public Map<Integer, Long> endOffsets(Topic<?> topic) {
    Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
    for (int partition = 0; partition < topic.partitions(); partition++) {
      latest.put(new TopicPartition(topicName(topic), partition), OffsetSpec.latest());
    }
    try {
      Map<Integer, Long> offsets = new TreeMap<>();
      admin
          .listOffsets(latest)
          .all()
          .get(ADMIN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .forEach((partition, info) -> offsets.put(partition.partition(), info.offset()));
      return offsets;
    } catch (ExecutionException | TimeoutException e) {
      throw unreachable("could not read the end of " + topicName(topic), e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /**
   * The names of a group's members whose sessions have not ended.
   *
   * @throws Problem KAFKA_UNAVAILABLE when the group's coordinator does not tell
   */
  Set<String> groupMembers(String group) {
    String name = namespace + group;
    try {
      Set<String> members = new HashSet<>();
      admin
          .describeConsumerGroups(List.of(name))
          .all()
          .get(ADMIN_TIMEOUT_SECONDS, TimeUnit.SECONDS)
          .values()
          .forEach(each -> each.members().forEach(member -> members.add(member.clientId())));
      return members;
    } catch (ExecutionException | TimeoutException e) {
      throw unreachable("could not read who is in " + name, e);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  static Problem unreachable(String message, Exception cause) {
    return Problem.ours("KAFKA_UNAVAILABLE", message, cause)
        .mend("check that the brokers in tuneline.kafka.bootstrap-servers answer");
  }

  static Problem interrupted(InterruptedException cause) {
    Thread.currentThread().interrupt();
    return Problem.ours("INTERRUPTED", "interrupted while waiting for Kafka", cause);
  }

  @Override
  public void close() {
    admin.close();
  }
}
