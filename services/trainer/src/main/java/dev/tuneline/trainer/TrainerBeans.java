package dev.tuneline.trainer;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.service.LoopHealth;
import dev.tuneline.platform.service.ModelSettings;
import dev.tuneline.trainer.grpc.TrainerEndpoint;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.management.health.indicator.annotation.Liveness;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.UUID;

/** Puts the trainer and its gRPC edge into the process. */
@Factory
final class TrainerBeans {
  @Context
  @Bean(preDestroy = "close")
  TrainerLoop trainerLoop(
      KafkaClients clients,
      ArtifactStore store,
      ModelSettings models,
      Clock clock,
      TrainerConfig config) {
    return new TrainerLoop(
        clients, store, models.root(), clock, () -> UUID.randomUUID().toString(), config);
  }

  @Liveness
  @Singleton
  LoopHealth trainerHealth(TrainerLoop loop) {
    return new LoopHealth("trainer", loop::isRunning);
  }

  @Singleton
  TrainerEndpoint trainerEndpoint(TrainerLoop loop) {
    return loop.endpoint();
  }
}
