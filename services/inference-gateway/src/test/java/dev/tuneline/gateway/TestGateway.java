package dev.tuneline.gateway;

import static org.awaitility.Awaitility.await;

import dev.tuneline.engine.adapter.AdapterIdentity;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.gateway.answering.EngineLoop;
import dev.tuneline.gateway.models.BaseModels;
import dev.tuneline.gateway.models.ServedBase;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentChanged;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentRemoved;
import dev.tuneline.proto.v1.DeploymentTarget;
import io.grpc.ManagedChannel;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;

/** A gateway with a Kafka namespace, a store and the tiny base model of its own. */
public final class TestGateway implements AutoCloseable {
  public static final String BASE = "qwen2-tied";
  public static final Path MODELS = resource("/models");
  public static final Path ADAPTER = resource("/adapters/qwen2-tied-lora");

  private final String namespace;
  private final Path folder;
  private final KafkaClients kafka;
  private final EventPublisher publisher;
  private final FileArtifactStore store;
  private final RunningService service;
  private final ManagedChannel channel;

  private TestGateway(String namespace, Path folder, int maxSequences, int queueLimit) {
    this.namespace = namespace;
    this.folder = folder;
    String servers = TestServers.kafka().bootstrapServers();
    this.kafka = new KafkaClients(servers, "test", namespace);
    this.publisher =
        new EventPublisher(kafka, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    this.store = new FileArtifactStore(folder);
    this.service =
        Service.named("inference-gateway")
            .with("tuneline.kafka.bootstrap-servers", servers)
            .with("tuneline.kafka.namespace", namespace)
            .with("tuneline.artifacts.root", folder)
            .with("tuneline.models.root", MODELS)
            .with("tuneline.http.port", -1)
            .with("tuneline.grpc.port", 0)
            .with("tuneline.gateway.preload", BASE)
            .with("tuneline.gateway.bf16-base-models", "large")
            .with("tuneline.gateway.max-base-models", 3)
            .with("tuneline.gateway.max-adapters", 32)
            .with("tuneline.gateway.max-sequences", maxSequences)
            .with("tuneline.gateway.view-timeout-ms", 9_000)
            .with("tuneline.gateway.load-timeout-ms", 200_000)
            .with("tuneline.gateway.queue-limit", queueLimit)
            .start();
    this.channel = GrpcChannels.open(service.grpcTarget());
  }

  /** A gateway that is ready. */
  static TestGateway start(Path folder, int maxSequences, int queueLimit) {
    return start(TestServers.unique("gateway") + ".", folder, maxSequences, queueLimit);
  }

  /** Another gateway of the same installation, ready. */
  TestGateway another() {
    return start(namespace, folder, 4, 16);
  }

  private static TestGateway start(
      String namespace, Path folder, int maxSequences, int queueLimit) {
    TestGateway gateway = new TestGateway(namespace, folder, maxSequences, queueLimit);
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> gateway.service.bean(ServingReadiness.class).begun().isDone());
    gateway.service.bean(ServingReadiness.class).begun().join();
    return gateway;
  }

  static Path resource(String name) {
    return Path.of(
        URI.create(Objects.requireNonNull(TestGateway.class.getResource(name)).toString()));
  }

  ManagedChannel channel() {
    return channel;
  }

  URI http(String path) {
    return service.httpUri().resolve(path);
  }

  <T> T bean(Class<T> type) {
    return service.bean(type);
  }

  KafkaClients kafka() {
    return kafka;
  }

  EventPublisher publisher() {
    return publisher;
  }

  ServedBase base() {
    return bean(BaseModels.class).get(BASE).join();
  }

  /** Holds the engine loop between two steps until closed. */
  final class Stall implements AutoCloseable {
    private final CountDownLatch end = new CountDownLatch(1);

    Stall() {
      CountDownLatch begun = new CountDownLatch(1);
      EngineLoop loop = base().loop();
      var _ =
          loop.compute(
              () -> {
                begun.countDown();
                end.await();
                return true;
              },
              () -> {});
      await().until(() -> begun.getCount() == 0);
    }

    @Override
    public void close() {
      end.countDown();
    }
  }

  /** The fixture's adapter, in the artifact store. */
  Adapter adapter() {
    return adapter(ADAPTER);
  }

  /** Any adapter folder, in the artifact store under its right id. */
  Adapter adapter(Path folder) {
    String baseDigest = base().model().digest();
    String templateDigest = ChatTemplate.load(MODELS.resolve(BASE)).digest();
    return Adapter.newBuilder()
        .setAdapterId(AdapterIdentity.of(folder, baseDigest, templateDigest))
        .setBaseModel(BASE)
        .setBaseDigest(baseDigest)
        .setTemplateDigest(templateDigest)
        .setFolder(store.putFolder(folder))
        .build();
  }

  static DeploymentTarget target(int weightPercent) {
    return DeploymentTarget.newBuilder().setWeightPercent(weightPercent).build();
  }

  static DeploymentTarget target(Adapter adapter, int weightPercent) {
    return DeploymentTarget.newBuilder()
        .setAdapter(adapter)
        .setWeightPercent(weightPercent)
        .build();
  }

  void deploy(String name, DeploymentTarget... targets) {
    Deployment deployment =
        Deployment.newBuilder()
            .setName(name)
            .setBaseModel(BASE)
            .addAllTargets(Arrays.asList(targets))
            .build();
    publisher.publish(
        Topics.DEPLOYMENTS,
        DeploymentEvent.newBuilder()
            .setName(name)
            .setChanged(DeploymentChanged.newBuilder().setDeployment(deployment))
            .build());
  }

  void remove(String name) {
    publisher.publish(
        Topics.DEPLOYMENTS,
        DeploymentEvent.newBuilder()
            .setName(name)
            .setRemoved(DeploymentRemoved.getDefaultInstance())
            .build());
  }

  @Override
  public void close() {
    channel.shutdownNow();
    service.close();
    publisher.close();
    kafka.close();
  }
}
