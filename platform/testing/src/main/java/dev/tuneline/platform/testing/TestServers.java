package dev.tuneline.platform.testing;

import dev.tuneline.platform.embedded.EmbeddedKafka;
import dev.tuneline.platform.embedded.EmbeddedRedis;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.utility.DockerImageName;

/**
 * Real servers for tests, started on first use, shared by all tests of this JVM and stopped at its
 * end.
 *
 * <p>They are containers where a Docker engine answers and has the images, and embedded servers
 * elsewhere. The system property {@code tuneline.test.servers} decides otherwise: {@code
 * containers} pulls images and fails without Docker, {@code embedded} never asks for Docker. Tests
 * share the servers, so each takes {@linkplain #unique names of its own}.
 */
public final class TestServers {
  private static final Logger log = LoggerFactory.getLogger(TestServers.class);
  private static final String KAFKA_IMAGE = "apache/kafka-native:4.2.0";
  private static final String REDIS_IMAGE = "redis:7-alpine";
  private static final int REDIS_PORT = 6379;

  private static @Nullable Kafka kafka;
  private static @Nullable Redis redis;

  private TestServers() {}

  /** A running broker, which creates no topic by itself. */
  public record Kafka(String bootstrapServers) {}

  /** A running Redis without persistence. */
  public record Redis(String uri) {}

  /** The JVM's broker. */
  public static synchronized Kafka kafka() {
    if (kafka == null) {
      kafka = new Kafka(Docker.usableFor(KAFKA_IMAGE, log) ? containerKafka() : embeddedKafka());
    }
    return kafka;
  }

  /** The JVM's Redis. */
  public static synchronized Redis redis() {
    if (redis == null) {
      redis = new Redis(Docker.usableFor(REDIS_IMAGE, log) ? containerRedis() : embeddedRedis());
    }
    return redis;
  }

  /** A name that no other test uses, e.g. for a topic prefix, a group or a key. */
  public static String unique(String prefix) {
    return prefix + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  private static String containerKafka() {
    @SuppressWarnings("resource") // lives as long as the JVM
    KafkaContainer container =
        new KafkaContainer(DockerImageName.parse(KAFKA_IMAGE))
            .withEnv("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false")
            .withEnv("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000")
            .withCreateContainerCmdModifier(Docker::bindToLoopback);
    start(container);
    return container.getBootstrapServers();
  }

  private static String containerRedis() {
    @SuppressWarnings("resource") // lives as long as the JVM
    GenericContainer<?> container =
        new GenericContainer<>(DockerImageName.parse(REDIS_IMAGE))
            .withExposedPorts(REDIS_PORT)
            .withCommand(
                "redis-server", "--save", "", "--appendonly", "no", "--protected-mode", "no")
            .waitingFor(Wait.forLogMessage(".*Ready to accept connections.*", 1))
            .withCreateContainerCmdModifier(Docker::bindToLoopback);
    start(container);
    return "redis://" + container.getHost() + ":" + container.getFirstMappedPort();
  }

  private static void start(GenericContainer<?> container) {
    container.start();
    atEnd(container::stop);
  }

  private static String embeddedKafka() {
    Path folder = temporaryFolder("kafka");
    EmbeddedKafka server = EmbeddedKafka.start(folder, 0);
    atEnd(
        () -> {
          server.close();
          TemporaryFolders.delete(folder);
        });
    return server.bootstrapServers();
  }

  private static String embeddedRedis() {
    Path folder = temporaryFolder("redis");
    EmbeddedRedis server = EmbeddedRedis.start(folder, 0, EmbeddedRedis.Persistence.NONE);
    atEnd(
        () -> {
          server.close();
          TemporaryFolders.delete(folder);
        });
    return server.uri();
  }

  private static Path temporaryFolder(String server) {
    try {
      return Files.createTempDirectory("tuneline-test-" + server);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void atEnd(Runnable action) {
    Runtime.getRuntime().addShutdownHook(new Thread(action, "test-servers-end"));
  }
}
