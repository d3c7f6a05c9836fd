package dev.tuneline.evaluator;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.artifacts.FileArtifactStore;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.examples.ExampleFileWriter;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.DatasetCreated;
import dev.tuneline.proto.v1.DatasetCut;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.DatasetPrepared;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.UUID;

/** A Kafka namespace, an artifact store and a real gateway over the tiny base model. */
final class EvaluationSite implements AutoCloseable {
  static final String BASE_MODEL = "qwen2-tied";
  static final Path MODELS = Path.of("../../fixtures/models");

  final ArtifactStore store;
  final TopicView<Job, JobEvent> jobs;
  final TopicView<Deployment, DeploymentEvent> deployments;
  private final KafkaClients clients;
  private final EventPublisher publisher;
  private final RunningService gateway;

  EvaluationSite(Path folder) {
    String namespace = TestServers.unique("evaluator-it") + ".";
    String servers = TestServers.kafka().bootstrapServers();
    clients = new KafkaClients(servers, "evaluator", namespace);
    clients.ensureTopics((short) 1);
    store = new FileArtifactStore(folder);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    jobs = new TopicView<>(clients, Topics.JOBS, new JobFold());
    deployments =
        new TopicView<>(
            clients,
            Topics.DEPLOYMENTS,
            (before, event) -> event.body().getChanged().getDeployment());
    gateway =
        Service.named("inference-gateway")
            .with("tuneline.kafka.bootstrap-servers", servers)
            .with("tuneline.kafka.namespace", namespace)
            .with("tuneline.artifacts.root", folder)
            .with("tuneline.models.root", MODELS)
            .with("tuneline.http.port", -1)
            .with("tuneline.grpc.port", 0)
            .start();
  }

  Evaluator evaluator() {
    return new Evaluator(
        clients,
        store,
        Clock.systemUTC(),
        () -> UUID.randomUUID().toString(),
        new EvaluatorConfig(gateway.grpcTarget(), 200, 4, 24, 60_000, 60_000));
  }

  /** Puts a prepared dataset with one split into the log and returns its id. */
  String dataset(Split split, List<Example> examples) {
    String id = "dataset-" + UUID.randomUUID();
    DatasetVersion version =
        DatasetVersion.newBuilder()
            .setVersion(1)
            .addSplits(
                SplitExamples.newBuilder()
                    .setSplit(split)
                    .setExamples(examples.size())
                    .setFile(
                        store.put(
                            new ByteArrayInputStream(ExampleFileWriter.bytes(examples)),
                            ExampleFile.MEDIA_TYPE)))
            .build();
    say(id, DatasetEvent.newBuilder().setCreated(DatasetCreated.newBuilder().setName("test")));
    say(id, DatasetEvent.newBuilder().setCut(DatasetCut.newBuilder().setVersion(1)));
    say(
        id,
        DatasetEvent.newBuilder().setPrepared(DatasetPrepared.newBuilder().setVersion(version)));
    return id;
  }

  /** Puts a trained job into the log and returns its id. */
  String trained(String dataset, Adapter adapter, String deployment) {
    JobSpec.Builder spec =
        JobSpec.newBuilder().setDatasetId(dataset).setDatasetVersion(1).setBaseModel(BASE_MODEL);
    spec.getDeploymentBuilder().setName(deployment);
    String id = "job-" + UUID.randomUUID();
    say(id, JobEvent.newBuilder().setRequested(JobRequested.newBuilder().setSpec(spec)));
    say(id, JobEvent.newBuilder().setAccepted(JobAccepted.newBuilder().setSpec(spec)));
    say(id, JobEvent.newBuilder().setSharded(JobSharded.getDefaultInstance()));
    say(id, JobEvent.newBuilder().setStarted(JobStarted.getDefaultInstance()));
    say(id, JobEvent.newBuilder().setTrained(JobTrained.newBuilder().setAdapter(adapter)));
    return id;
  }

  private void say(String id, DatasetEvent.Builder event) {
    publisher.publish(Topics.DATASETS, event.setDatasetId(id).build());
  }

  private void say(String id, JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.setJobId(id).build());
  }

  Job job(String id) {
    return jobs.get(id).orElse(Job.getDefaultInstance());
  }

  @Override
  public void close() {
    jobs.close();
    deployments.close();
    gateway.close();
    publisher.close();
    clients.close();
  }
}
