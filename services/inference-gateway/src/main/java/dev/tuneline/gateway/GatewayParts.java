package dev.tuneline.gateway;

import dev.tuneline.gateway.adapters.AdapterPool;
import dev.tuneline.gateway.chat.AnswerScorer;
import dev.tuneline.gateway.chat.Chats;
import dev.tuneline.gateway.chat.Completions;
import dev.tuneline.gateway.chat.ModelDirectory;
import dev.tuneline.gateway.deployments.DeploymentFold;
import dev.tuneline.gateway.deployments.DeploymentRules;
import dev.tuneline.gateway.deployments.Deployments;
import dev.tuneline.gateway.grpc.DeploymentEndpoint;
import dev.tuneline.gateway.grpc.InferenceEndpoint;
import dev.tuneline.gateway.http.CompletionIds;
import dev.tuneline.gateway.models.AdapterLoader;
import dev.tuneline.gateway.models.BaseLoader;
import dev.tuneline.gateway.models.BaseModels;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DeadLetters;
import dev.tuneline.platform.events.Doorkeeper;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.service.LoopHealth;
import dev.tuneline.platform.service.ModelFolders;
import dev.tuneline.platform.service.ModelSettings;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.micronaut.management.health.indicator.annotation.Liveness;
import io.micronaut.management.health.indicator.annotation.Readiness;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Every part of the inference-gateway. */
@Factory
final class GatewayParts {
  private static final String NAME = "inference-gateway";

  private final GatewayConfig config;
  private final SecureRandom random = new SecureRandom();

  GatewayParts(GatewayConfig config) {
    this.config = config;
  }

  // What is in memory.

  @Singleton
  @Named("base-model-loading")
  @Bean(preDestroy = "close")
  ExecutorService baseModelLoading() {
    return loadingThread("tuneline-base-models");
  }

  @Singleton
  @Named("adapter-loading")
  @Bean(preDestroy = "close")
  ExecutorService adapterLoading() {
    return loadingThread("tuneline-adapters");
  }

  /** A platform thread, since tensors do not belong on virtual ones. */
  private static ExecutorService loadingThread(String name) {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  @Singleton
  @Bean(preDestroy = "close")
  BaseModels baseModels(
      ModelSettings models, @Named("base-model-loading") ExecutorService loading) {
    return new BaseModels(
        new ModelFolders(models.root()),
        config.maxBaseModels(),
        new BaseLoader(
            config.maxSequences(), config.queueLimit(), Set.copyOf(config.bf16BaseModels())),
        loading);
  }

  @Singleton
  @Bean(preDestroy = "close")
  AdapterPool adapterPool(
      BaseModels baseModels,
      ArtifactStore store,
      @Named("adapter-loading") ExecutorService loading) {
    return new AdapterPool(config.maxAdapters(), new AdapterLoader(baseModels, store), loading);
  }

  // What the log says.

  @Singleton
  @Named(NAME)
  @Bean(preDestroy = "close")
  EventPublisher publisher(KafkaClients kafka, Clock clock) {
    return new EventPublisher(kafka, clock, () -> UUID.randomUUID().toString());
  }

  @Singleton
  @Named(NAME)
  @Bean(preDestroy = "close")
  TopicView<Job, JobEvent> jobs(KafkaClients kafka) {
    return new TopicView<>(kafka, Topics.JOBS, new JobFold());
  }

  @Singleton
  @Named(NAME)
  @Bean(preDestroy = "close")
  TopicView<Deployment, DeploymentEvent> deploymentView(KafkaClients kafka) {
    return new TopicView<>(kafka, Topics.DEPLOYMENTS, new DeploymentFold());
  }

  @Singleton
  @Bean(preDestroy = "close")
  Deployments deployments(
      @Named(NAME) TopicView<Deployment, DeploymentEvent> view,
      BaseModels baseModels,
      AdapterPool adapters,
      Clock clock) {
    return new Deployments(view, baseModels, adapters, clock, random);
  }

  @Singleton
  @Named(NAME)
  @Bean(preDestroy = "close")
  DeadLetters deadLetters(KafkaClients kafka) {
    return new DeadLetters(kafka);
  }

  @Context
  @Named(NAME)
  @Bean(preDestroy = "close")
  Doorkeeper<DeploymentEvent> doorkeeper(
      KafkaClients kafka,
      Deployments deployments,
      @Named(NAME) EventPublisher publisher,
      @Named(NAME) DeadLetters deadLetters) {
    return new Doorkeeper<>(
        kafka,
        Topics.DEPLOYMENTS,
        "tuneline-gateway-doorkeeper",
        event -> {
          DeploymentRules.check(event.body());
          deployments.requireOwnName(event.body().getName());
        },
        publisher,
        deadLetters);
  }

  @Context
  @Readiness
  ServingReadiness readiness(Deployments deployments, BaseModels baseModels) {
    return ServingReadiness.begin(deployments, baseModels, config);
  }

  @Singleton
  @Liveness
  LoopHealth loopHealth(
      @Named(NAME) TopicView<Job, JobEvent> jobs,
      @Named(NAME) TopicView<Deployment, DeploymentEvent> view,
      @Named(NAME) Doorkeeper<DeploymentEvent> doorkeeper) {
    return new LoopHealth(
        NAME + "-loops", () -> jobs.isRunning() && view.isRunning() && doorkeeper.isRunning());
  }

  // What clients ask.

  @Singleton
  ModelDirectory modelDirectory(
      BaseModels baseModels,
      AdapterPool adapters,
      Deployments deployments,
      @Named(NAME) TopicView<Job, JobEvent> jobs) {
    return new ModelDirectory(
        baseModels, adapters, deployments, jobs, viewTimeout(), loadTimeout());
  }

  @Singleton
  Chats chats(ModelDirectory models) {
    return new Chats(models, random::nextLong);
  }

  @Singleton
  Completions completions(ModelDirectory models) {
    return new Completions(models, random::nextLong);
  }

  @Singleton
  CompletionIds completionIds() {
    return prefix -> prefix + UUID.randomUUID().toString().replace("-", "");
  }

  @Singleton
  InferenceEndpoint inferenceEndpoint(Chats chats, Completions completions, ModelDirectory models) {
    return new InferenceEndpoint(chats, completions, new AnswerScorer(), models);
  }

  @Singleton
  DeploymentEndpoint deploymentEndpoint(
      Deployments deployments, @Named(NAME) EventPublisher publisher) {
    return new DeploymentEndpoint(deployments, publisher, viewTimeout());
  }

  private Duration viewTimeout() {
    return Duration.ofMillis(config.viewTimeoutMs());
  }

  private Duration loadTimeout() {
    return Duration.ofMillis(config.loadTimeoutMs());
  }
}
