package dev.tuneline.platform.embedded;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Kafka broker and its KRaft controller in this JVM, reachable from this machine only.
 *
 * <p>It is the broker that production runs, with small buffers. What it holds survives {@link
 * #close} and a kill of the JVM; the same folder may be started again on another port. Topics are
 * never created by accident.
 */
public final class EmbeddedKafka implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(EmbeddedKafka.class);
  private static final int NODE_ID = 1;
  private static final List<String> INTERNAL_TOPICS =
      List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic");

  private final KafkaRaftServer server;
  private final FolderLock lock;
  private final int port;

  private EmbeddedKafka(KafkaRaftServer server, FolderLock lock, int port) {
    this.server = server;
    this.lock = lock;
    this.port = port;
  }

  /**
   * Starts a broker over a folder and returns when it answers.
   *
   * @param dataDir made if need be; one broker at a time may use it
   * @param port the port to listen on; 0 takes a free one
   * @throws Problem PORT_IN_USE (caller) or KAFKA_START_FAILED (ours)
   */
  public static EmbeddedKafka start(Path dataDir, int port) {
    return start(dataDir, port, Map.of());
  }

  /** As {@link #start(Path, int)}, with broker settings that win over the ones chosen here. */
  public static EmbeddedKafka start(Path dataDir, int port, Map<String, String> overrides) {
    Path folder = dataDir.toAbsolutePath().normalize();
    int brokerPort = port == 0 ? Ports.free() : Ports.requireFree(port, "Kafka");
    int controllerPort = Ports.freeOtherThan(brokerPort);
    long begin = System.nanoTime();
    KafkaRaftServer server = null;
    FolderLock lock = null;
    try {
      lock = FolderLock.take(folder);
      format(folder);
      Map<String, Object> config = settings(folder, brokerPort, controllerPort);
      config.putAll(overrides);
      server = new KafkaRaftServer(new KafkaConfig(config, false), Time.SYSTEM);
      server.startup();
    } catch (Exception e) {
      if (server != null) {
        server.shutdown();
        server.awaitShutdown();
      }
      if (lock != null) {
        lock.close();
      }
      if (e instanceof Problem problem) {
        throw problem;
      }
      throw Problem.ours("KAFKA_START_FAILED", "the embedded Kafka broker did not start", e)
          .at("folder", folder)
          .mend("check that no other process uses the folder, and see the cause in the log");
    }
    log.info(
        "embedded Kafka on 127.0.0.1:{} after {} ms, data in {}",
        brokerPort,
        (System.nanoTime() - begin) / 1_000_000,
        folder);
    return new EmbeddedKafka(server, lock, brokerPort);
  }

  /** {@code host:port} for clients. */
  public String bootstrapServers() {
    return Ports.LOOPBACK + ":" + port;
  }

  /** Stops the broker and returns when everything is on the disk; a second call does nothing. */
  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
    lock.close();
  }

  private static void format(Path folder) throws Exception {
    if (Files.exists(folder.resolve("meta.properties"))) {
      return;
    }
    Files.createDirectories(folder);
    Formatter formatter = new Formatter();
    formatter.setClusterId(Uuid.randomUuid().toString());
    formatter.setNodeId(NODE_ID);
    formatter.setDirectories(List.of(folder.toString()));
    formatter.setMetadataLogDirectory(folder.toString());
    formatter.setControllerListenerName("CONTROLLER");
    formatter.setUnstableFeatureVersionsEnabled(false);
    formatter.setIgnoreFormatted(true);
    formatter.setPrintStream(
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
    formatter.run();
  }

  private static Map<String, Object> settings(Path folder, int port, int controllerPort)
      throws IOException {
    String broker = "PLAINTEXT://" + Ports.LOOPBACK + ":" + port;
    String controller = Ports.LOOPBACK + ":" + controllerPort;
    Map<String, Object> config = new HashMap<>();
    config.put("process.roles", "broker,controller");
    config.put("node.id", Integer.toString(NODE_ID));
    config.put("controller.listener.names", "CONTROLLER");
    config.put("listeners", broker + ",CONTROLLER://" + controller);
    config.put("advertised.listeners", broker);
    config.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    // Static voters: a dynamic quorum would remember the old controller port after a restart.
    config.put("controller.quorum.voters", NODE_ID + "@" + controller);
    config.put("log.dirs", folder.toString());
    config.put("auto.create.topics.enable", "false");
    config.put("num.partitions", "1");
    for (String topic : INTERNAL_TOPICS) {
      config.put(topic + ".num.partitions", "1");
      config.put(topic + ".replication.factor", "1");
    }
    config.put("transaction.state.log.min.isr", "1");
    config.put("share.coordinator.state.topic.min.isr", "1");
    config.put("group.initial.rebalance.delay.ms", "0");
    // A process beside its broker may be missed sooner than the default allows, 6 s.
    config.put("group.min.session.timeout.ms", "1000");
    // The default takes 128 MB of heap.
    config.put("log.cleaner.dedupe.buffer.size", "2097152");
    config.put("background.threads", "2");
    config.put("num.network.threads", "2");
    config.put("num.io.threads", "4");
    // After a kill the broker waits for its former session to end: 3.6 s instead of 15 s.
    config.put("broker.session.timeout.ms", "2000");
    config.put("broker.heartbeat.interval.ms", "500");
    return config;
  }
}
