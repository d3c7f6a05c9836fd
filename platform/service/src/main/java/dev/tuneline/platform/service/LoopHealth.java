package dev.tuneline.platform.service;

import io.micronaut.core.async.publisher.Publishers;
import io.micronaut.health.HealthStatus;
import io.micronaut.management.health.indicator.HealthIndicator;
import io.micronaut.management.health.indicator.HealthResult;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.reactivestreams.Publisher;

/** Says whether a service's loops still run; one that broke only comes back with its process. */
public final class LoopHealth implements HealthIndicator {
  private final String name;
  private final BooleanSupplier running;

  /**
   * @param name the service's name
   * @param running whether all of its loops work; fast, from any thread
   */
  public LoopHealth(String name, BooleanSupplier running) {
    this.name = name;
    this.running = running;
  }

  @Override
  public Publisher<HealthResult> getResult() {
    return Publishers.just(
        running.getAsBoolean()
            ? HealthResult.builder(name, HealthStatus.UP).build()
            : HealthResult.builder(name, HealthStatus.DOWN)
                .details(Map.of("error", "a loop broke; the log says why"))
                .build());
  }
}
