package dev.tuneline.evaluator;

import dev.tuneline.evaluator.deployment.DeployStep;
import dev.tuneline.evaluator.evaluation.EvaluateStep;
import dev.tuneline.evaluator.gateway.GatewayClient;
import dev.tuneline.evaluator.grpc.EvaluationEndpoint;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.DatasetFold;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.events.WorkLoop;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Every part of the evaluator, running from construction until {@link #close}.
 *
 * <p>Evaluating and deploying are loops of their own, so that a long evaluation holds up no
 * deployment.
 */
public final class Evaluator implements AutoCloseable {
  private static final String EVALUATE_GROUP = "tuneline-evaluator";
  private static final String DEPLOY_GROUP = "tuneline-evaluator-deploy";

  private final EventPublisher publisher;
  private final ManagedChannel gateway;
  private final TopicView<Dataset, DatasetEvent> datasets;
  private final TopicView<Job, JobEvent> jobs;
  private final WorkLoop<Job, JobEvent> evaluating;
  private final WorkLoop<Job, JobEvent> deploying;

  /**
   * Starts all parts.
   *
   * @param ids gives a new event id at each call
   */
  public Evaluator(
      KafkaClients clients,
      ArtifactStore store,
      InstantSource clock,
      Supplier<String> ids,
      EvaluatorConfig config) {
    publisher = new EventPublisher(clients, clock, ids);
    gateway = GrpcChannels.open(config.gatewayAddress());
    datasets = new TopicView<>(clients, Topics.DATASETS, new DatasetFold());
    jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    GatewayClient client =
        new GatewayClient(
            gateway,
            new GatewayClient.Limits(
                Duration.ofMillis(config.callTimeoutMs()),
                Duration.ofMillis(config.gatewayPatienceMs())));
    EvaluateStep evaluate =
        new EvaluateStep(
            datasets,
            store,
            client,
            publisher,
            new EvaluateStep.Limits(
                config.maxExamples(), config.batchExamples(), config.answerMaxTokens()));
    evaluating =
        new WorkLoop<>(
            clients,
            Topics.JOBS,
            new JobFold(),
            EVALUATE_GROUP,
            evaluate,
            WorkLoop.Settings.standard());
    deploying =
        new WorkLoop<>(
            clients,
            Topics.JOBS,
            new JobFold(),
            DEPLOY_GROUP,
            new DeployStep(publisher),
            WorkLoop.Settings.standard());
  }

  /** The gRPC edge over this evaluator's view of the jobs. */
  public EvaluationEndpoint endpoint() {
    return new EvaluationEndpoint(jobs);
  }

  /** Whether every loop still works; one that broke says why in the log. */
  public boolean isRunning() {
    return evaluating.isRunning()
        && deploying.isRunning()
        && datasets.isRunning()
        && jobs.isRunning();
  }

  @Override
  public void close() {
    // A waiting or running request would hold up the end of its loop.
    gateway.shutdownNow();
    evaluating.close();
    deploying.close();
    jobs.close();
    datasets.close();
    publisher.close();
    try {
      if (!gateway.awaitTermination(5, TimeUnit.SECONDS)) {
        gateway.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
