package dev.tuneline.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobSpec;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * A Kafka namespace with a running ingest and its clients, for tests that ask through its doors.
 */
final class IngestSite implements AutoCloseable {
  static final Path CSV_FILES = Path.of("../../fixtures/csv");
  static final Duration PATIENCE = Duration.ofSeconds(30);

  final RunningService service;
  final ManagedChannel channel;
  final KafkaClients clients;
  final EventPublisher publisher;
  final DatasetServiceGrpc.DatasetServiceBlockingStub datasets;
  final JobServiceGrpc.JobServiceBlockingStub jobs;
  private final Path folder;
  private final String namespace = TestServers.unique("ingest") + ".";

  /** Starts a service whose one base model is called {@code tiny}. */
  IngestSite(Path folder) throws IOException {
    this.folder = folder;
    Path model = Files.createDirectories(folder.resolve("models/tiny"));
    try (InputStream config = IngestSite.class.getResourceAsStream("/models/tiny/config.json")) {
      Files.copy(Objects.requireNonNull(config), model.resolve("config.json"));
    }
    service =
        named("data")
            .with(
                "tuneline.ingest.import-roots",
                Files.createDirectories(folder.resolve("imports")).toString())
            .start();
    channel = GrpcChannels.open(service.grpcTarget());
    datasets = DatasetServiceGrpc.newBlockingStub(channel);
    jobs = JobServiceGrpc.newBlockingStub(channel);
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
  }

  /** Another process of the same installation, with a data folder of its own. */
  RunningService launch(String data) {
    return named(data).start();
  }

  private Service named(String data) {
    return Service.named("ingest")
        .with("tuneline.http.port", -1)
        .with("tuneline.grpc.port", 0)
        .with("tuneline.data", folder.resolve(data).toString())
        .with("tuneline.artifacts.root", folder.resolve("artifacts").toString())
        .with("tuneline.models.root", folder.resolve("models").toString())
        .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
        .with("tuneline.kafka.namespace", namespace)
        .with("tuneline.ingest.redis-uri", TestServers.redis().uri());
  }

  Job create(JobSpec spec, String key) {
    return jobs.createJob(
            CreateJobRequest.newBuilder().setSpec(spec).setIdempotencyKey(key).build())
        .getJob();
  }

  Job awaitJob(String id, Predicate<Job> condition) {
    return await().atMost(PATIENCE).until(() -> job(id), condition);
  }

  Job job(String id) {
    return jobs.getJob(GetJobRequest.newBuilder().setJobId(id).build()).getJob();
  }

  JsonNode get(String path, int status) throws Exception {
    return json(HttpRequest.newBuilder(service.httpUri().resolve(path)).build(), status);
  }

  JsonNode post(String path, String body, int status) throws Exception {
    return json(
        HttpRequest.newBuilder(service.httpUri().resolve(path))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build(),
        status);
  }

  /** Uploads one of the {@link #CSV_FILES}. */
  JsonNode postFile(String name, String purpose, int status) throws Exception {
    return post(CSV_FILES.resolve(name), purpose, status);
  }

  /** Uploads a file, whatever it holds, as text/csv. */
  JsonNode post(Path file, String purpose, int status) throws Exception {
    ByteString.Output body = ByteString.newOutput();
    body.write(
        """
        --edge\r
        Content-Disposition: form-data; name="purpose"\r
        \r
        %s\r
        --edge\r
        Content-Disposition: form-data; name="file"; filename="%s"\r
        Content-Type: text/csv\r
        \r
        """
            .formatted(purpose, file.getFileName())
            .getBytes(UTF_8));
    try (InputStream in = Files.newInputStream(file)) {
      in.transferTo(body);
    }
    body.write("\r\n--edge--\r\n".getBytes(UTF_8));
    return json(
        HttpRequest.newBuilder(service.httpUri().resolve("/v1/files"))
            .header("content-type", "multipart/form-data; boundary=edge")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.toByteString().toByteArray()))
            .build(),
        status);
  }

  private static JsonNode json(HttpRequest request, int status) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      return new ObjectMapper().readTree(response.body());
    }
  }

  @Override
  public void close() {
    publisher.close();
    clients.close();
    channel.shutdownNow();
    service.close();
  }
}
