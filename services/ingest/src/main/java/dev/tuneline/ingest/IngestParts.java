package dev.tuneline.ingest;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.service.KafkaSettings;
import dev.tuneline.platform.service.LoopHealth;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.platform.service.ModelSettings;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.management.health.indicator.annotation.Liveness;
import jakarta.inject.Singleton;
import java.time.Clock;

/** Hands the platform's parts to {@link Ingest}. */
@Factory
final class IngestParts {
  @Context
  @Bean(preDestroy = "close")
  Ingest ingest(
      IngestConfig config,
      KafkaClients clients,
      KafkaSettings kafka,
      ArtifactStore artifacts,
      ModelSettings models,
      Clock clock) {
    return new Ingest(
        config, clients, kafka.namespace(), artifacts, new ModelFolders(models.root()), clock);
  }

  @Liveness
  @Singleton
  LoopHealth health(Ingest ingest) {
    return new LoopHealth("ingest", ingest::isRunning);
  }
}
