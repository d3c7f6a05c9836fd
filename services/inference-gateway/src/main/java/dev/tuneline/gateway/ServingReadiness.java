package dev.tuneline.gateway;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.deployments.Deployments;
import dev.tuneline.gateway.models.BaseModels;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/**
 * Ready means that every deployment of the log was tried and the base models that are to be loaded
 * at start are in memory.
 */
final class ServingReadiness implements HealthIndicator {
  private static final String NAME = "inference-gateway";

  private final CompletableFuture<Void> begun;

  private ServingReadiness(CompletableFuture<Void> begun) {
    this.begun = begun;
  }

  /** Begins to serve. */
  static ServingReadiness begin(
      Deployments deployments, BaseModels baseModels, GatewayConfig config) {
    List<CompletableFuture<?>> all = new ArrayList<>();
    for (String name : config.preload()) {
      all.add(baseModels.get(name));
    }
    all.add(deployments.start(Duration.ofMillis(config.loadTimeoutMs())));
    return new ServingReadiness(CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new)));
  }

  /** Completes when it is ready, or exceptionally with the problem that keeps it from it. */
  CompletableFuture<Void> begun() {
    return begun;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    if (!begun.isDone()) {
      return Mono.just(down("loading", "deployments or base models are still being loaded"));
    }
    if (begun.isCompletedExceptionally()) {
      return Mono.just(down("error", Problem.from(begun.exceptionNow()).describe()));
    }
    return Mono.just(HealthResult.builder(NAME, HealthStatus.UP).build());
  }

  private static HealthResult down(String key, String why) {
    return HealthResult.builder(NAME, HealthStatus.DOWN).details(Map.of(key, why)).build();
  }
}
