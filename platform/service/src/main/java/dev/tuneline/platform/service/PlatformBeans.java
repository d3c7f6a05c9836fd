package dev.tuneline.platform.service;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.rpc.ProblemInterceptor;
import io.grpc.ServerInterceptor;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.runtime.ApplicationConfiguration;
import jakarta.inject.Singleton;
import java.time.Clock;

/** The beans that every service finds in its context. */
@Factory
final class PlatformBeans {
  /** Time for everything that asks for a {@code Clock} or an {@code InstantSource}. */
  @Singleton
  Clock clock() {
    return Clock.systemUTC();
  }

  /**
   * Kafka clients named after the process. Made at start, so that a service without Kafka fails
   * then; every topic exists when this returns.
   */
  @Context
  @Bean(preDestroy = "close")
  KafkaClients kafkaClients(KafkaSettings settings, ApplicationConfiguration application) {
    KafkaClients clients =
        new KafkaClients(
            settings.bootstrapServers(),
            application.getName().orElse("tuneline"),
            settings.namespace(),
            settings.patience());
    try {
      KafkaHealth.awaitCluster(clients, settings);
      clients.ensureTopics(settings.replication());
      return clients;
    } catch (RuntimeException e) {
      clients.close();
      throw e;
    }
  }

  @Singleton
  ArtifactStore artifactStore(ArtifactSettings settings, Clock clock) {
    return new FileArtifactStore(settings.root(), settings.limits(), clock);
  }

  @Singleton
  ServerInterceptor problemInterceptor() {
    return new ProblemInterceptor();
  }
}
