package dev.tuneline.allinone;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.embedded.EmbeddedKafka;
import dev.tuneline.platform.embedded.EmbeddedRedis;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The five services, a Kafka broker and a Redis in this process, over one data folder. Closing it
 * ends them in the reverse of the order in which they were started.
 */
public final class AllInOne implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AllInOne.class);
  private static final String LOOPBACK = "127.0.0.1";

  private final Deque<AutoCloseable> parts;
  private final EmbeddedKafka kafka;
  private final RunningService services;

  private AllInOne(Deque<AutoCloseable> parts, EmbeddedKafka kafka, RunningService services) {
    this.parts = parts;
    this.kafka = kafka;
    this.services = services;
  }

  /**
   * Starts everything and returns when HTTP and gRPC answer.
   *
   * @throws Problem naming what is in the way; nothing is left running then
   */
  static AllInOne start(AllInOneOptions options) {
    Deque<AutoCloseable> parts = new ArrayDeque<>();
    try {
      DataFolder data = DataFolder.take(options.data());
      parts.push(data);
      int httpPort = requireFree(options.httpPort(), "HTTP", "--http-port");
      int grpcPort = requireFree(options.grpcPort(), "gRPC", "--grpc-port");
      EmbeddedKafka kafka = EmbeddedKafka.start(data.resolve("kafka"), 0);
      parts.push(kafka);
      EmbeddedRedis redis =
          EmbeddedRedis.start(data.resolve("redis"), 0, EmbeddedRedis.Persistence.APPEND_ONLY_FILE);
      redis.endOnlyWhenClosed();
      parts.push(redis);
      RunningService services =
          Service.named("all-in-one")
              .hosting("ingest", "preprocess", "trainer", "evaluator", "inference-gateway")
              .with("tuneline.kafka.bootstrap-servers", kafka.bootstrapServers())
              .with("tuneline.ingest.redis-uri", redis.uri())
              .with("tuneline.evaluator.gateway-address", LOOPBACK + ":" + grpcPort)
              .start(serviceOptions(options, httpPort, grpcPort));
      parts.push(services);
      return new AllInOne(parts, kafka, services);
    } catch (RuntimeException | Error e) {
      end(parts);
      throw e;
    }
  }

  private static String[] serviceOptions(AllInOneOptions options, int httpPort, int grpcPort) {
    List<String> args = new ArrayList<>(options.rest());
    args.add("--data=" + options.data());
    args.add("--http-port=" + httpPort);
    args.add("--grpc-port=" + grpcPort);
    return args.toArray(String[]::new);
  }

  /**
   * Tells before the slow start what would fail after it.
   *
   * @return the port, or a free one for 0
   */
  private static int requireFree(int port, String what, String option) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(LOOPBACK), port));
      return socket.getLocalPort();
    } catch (IOException e) {
      throw Problem.caller("PORT_IN_USE", what + " cannot listen on port " + port)
          .at("port", port)
          .mend("stop the process that uses the port, or choose another with " + option + " N")
          .causedBy(e);
    }
  }

  /** Where HTTP and gRPC answer, in one line. */
  String announcement() {
    return "tuneline is ready: HTTP on "
        + services.httpUri()
        + ", gRPC on "
        + services.grpcTarget();
  }

  /** Where producers and consumers from outside find the broker, as {@code host:port}. */
  String bootstrapServers() {
    return kafka.bootstrapServers();
  }

  /** Where gRPC answers, as {@code host:port}. */
  String grpcTarget() {
    return services.grpcTarget();
  }

  @Override
  public void close() {
    end(parts);
  }

  private static void end(Deque<AutoCloseable> parts) {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        log.warn("{} did not end in order", part.getClass().getSimpleName(), e);
      }
    }
  }
}
