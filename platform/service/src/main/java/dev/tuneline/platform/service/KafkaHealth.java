package dev.tuneline.platform.service;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.KafkaClients;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.reactivestreams.Publisher;

/** Ready means that the Kafka cluster answers; a service without it is alive but of no use. */
@Readiness
@Singleton
final class KafkaHealth implements HealthIndicator {
  private static final String NAME = "kafka";
  private static final int TIMEOUT_MS = 3_000;

  private final KafkaClients clients;

  KafkaHealth(KafkaClients clients) {
    this.clients = clients;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return Publishers.fromCompletableFuture(this::ask);
  }

  /** Waits until the cluster answers, or throws KAFKA_UNAVAILABLE. */
  static void awaitCluster(KafkaClients clients, KafkaSettings settings) {
    DescribeClusterOptions options =
        new DescribeClusterOptions().timeoutMs(settings.startTimeoutMs());
    try {
      clients.admin().describeCluster(options).clusterId().get();
    } catch (ExecutionException e) {
      throw Problem.ours(
              "KAFKA_UNAVAILABLE",
              "no Kafka broker answers at %s within %d ms"
                  .formatted(settings.bootstrapServers(), settings.startTimeoutMs()),
              e)
          .mend("start it, or correct tuneline.kafka.bootstrap-servers");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Problem.ours("INTERRUPTED", "interrupted while waiting for Kafka", e);
    }
  }

  private CompletableFuture<HealthResult> ask() {
    return clients
        .admin()
        .describeCluster(new DescribeClusterOptions().timeoutMs(TIMEOUT_MS))
        .nodes()
        .toCompletionStage()
        .handle(
            (nodes, failure) ->
                failure == null
                    ? HealthResult.builder(NAME, HealthStatus.UP)
                        .details(Map.of("brokers", nodes.size()))
                        .build()
                    : HealthResult.builder(NAME, HealthStatus.DOWN)
                        .details(Map.of("error", String.valueOf(failure.getMessage())))
                        .build())
        .toCompletableFuture();
  }
}
