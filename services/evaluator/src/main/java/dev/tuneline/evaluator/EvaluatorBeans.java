package dev.tuneline.evaluator;

import dev.tuneline.evaluator.grpc.EvaluationEndpoint;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.service.LoopHealth;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.management.health.indicator.annotation.Liveness;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.UUID;

/** Puts the evaluator and its gRPC edge into the process. */
@Factory
final class EvaluatorBeans {
  @Context
  @Bean(preDestroy = "close")
  Evaluator evaluator(
      KafkaClients clients, ArtifactStore store, Clock clock, EvaluatorConfig config) {
    return new Evaluator(clients, store, clock, () -> UUID.randomUUID().toString(), config);
  }

  @Liveness
  @Singleton
  LoopHealth evaluatorHealth(Evaluator evaluator) {
    return new LoopHealth("evaluator", evaluator::isRunning);
  }

  @Singleton
  EvaluationEndpoint evaluationEndpoint(Evaluator evaluator) {
    return evaluator.endpoint();
  }
}
