package dev.tuneline.platform.service;

import dev.tuneline.platform.events.KafkaClients;
import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
