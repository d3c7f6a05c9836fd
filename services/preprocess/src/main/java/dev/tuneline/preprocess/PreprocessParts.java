package dev.tuneline.preprocess;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.service.LoopHealth;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.platform.service.ModelSettings;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.management.health.indicator.annotation.Liveness;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Hands the platform's parts to {@link Preprocess}. */
@Factory
final class PreprocessParts {
  @Context
  @Bean(preDestroy = "close")
  Preprocess preprocess(
      PreprocessConfig config,
      KafkaClients clients,
      ArtifactStore artifacts,
      ModelSettings models,
      Clock clock) {
    return new Preprocess(config, clients, artifacts, new ModelFolders(models.root()), clock);
  }

  @Liveness
  @Singleton
  LoopHealth health(Preprocess preprocess) {
    return new LoopHealth("preprocess", preprocess::isRunning);
  }
}
