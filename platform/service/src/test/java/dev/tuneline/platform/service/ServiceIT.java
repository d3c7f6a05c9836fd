package dev.tuneline.platform.service;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.embedded.EmbeddedKafka;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.probe.ProbeSettings;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.JobServiceGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceIT {
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir static Path data;
  private static RunningService running;

  @BeforeAll
  static void start() {
    running = probe().start("--data", data.toString(), "--tuneline.probe.names=a,b");
  }

  @AfterAll
  static void end() {
    running.close();
  }

  private static Service probe() {
    return onTestKafka("probe");
  }

  private static Service onTestKafka(String name) {
    return Service.named(name)
        .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
        .with("tuneline.kafka.namespace", TestServers.unique("service-it") + ".");
  }

  @Test
  void listensOnLoopbackAndSaysWhere() {
    assertThat(running.httpUri().getHost()).isEqualTo("127.0.0.1");
    assertThat(running.grpcTarget()).matches("127\\.0\\.0\\.1:[1-9][0-9]+");
    assertThat(running.announcement())
        .startsWith("probe is ready after ")
        .contains(running.httpUri().toString(), running.grpcTarget())
        .doesNotContain("\n");
  }

  @Test
  void readsSharedOwnGivenAndOptionSettings() {
    assertThat(running.bean(ProbeSettings.class).greeting()).isEqualTo("hello");
    assertThat(running.bean(ProbeSettings.class).names()).containsExactly("a", "b");
    assertThat(running.bean(ArtifactSettings.class).root()).isEqualTo(data.resolve("artifacts"));
    assertThat(running.bean(KafkaClients.class).clientId()).isEqualTo("probe");
    assertThat(running.bean(ArtifactStore.class).has("0".repeat(64))).isFalse();
  }

  @Test
  void saysThatItIsAliveAndReady() throws Exception {
    assertThat(get("/health").statusCode()).isEqualTo(200);
    assertThat(get("/health/liveness").statusCode()).isEqualTo(200);
    HttpResponse<String> readiness = get("/health/readiness");
    assertThat(readiness.statusCode()).isEqualTo(200);
    assertThat(readiness.body()).contains("\"kafka\":{", "\"brokers\":1");
  }

  @Test
  void isAliveButNotReadyWhileKafkaIsAway() throws Exception {
    EmbeddedKafka kafka = EmbeddedKafka.start(data.resolve("kafka"), 0);
    try (RunningService lonely =
        Service.named("quiet")
            .with("tuneline.kafka.bootstrap-servers", kafka.bootstrapServers())
            .start()) {
      assertThat(get(lonely, "/health/readiness").statusCode()).isEqualTo(200);
      kafka.close();
      assertThat(get(lonely, "/health/readiness").statusCode()).isEqualTo(503);
      assertThat(get(lonely, "/health/liveness").statusCode()).isEqualTo(200);
    } finally {
      kafka.close();
    }
  }

  @Test
  void holdsOnlyTheBeansOfItsServices() throws Exception {
    try (RunningService quiet = onTestKafka("quiet").start()) {
      assertThat(get(quiet, "/probe/greeting").statusCode()).isEqualTo(404);
    }
    try (RunningService all = onTestKafka("quiet").hosting("probe").start()) {
      assertThat(get(all, "/probe/greeting").statusCode()).isEqualTo(200);
      assertThat(all.bean(KafkaClients.class).clientId()).isEqualTo("quiet");
    }
  }

  @Test
  void failsToStartWithoutKafka() {
    Problem problem =
        catchThrowableOfType(
            Problem.class,
            () ->
                Service.named("quiet")
                    .with("tuneline.kafka.bootstrap-servers", "127.0.0.1:1")
                    .start("--tuneline.kafka.start-timeout-ms=500"));
    assertThat(problem.reason()).isEqualTo("KAFKA_UNAVAILABLE");
    assertThat(problem.message()).contains("127.0.0.1:1", "500 ms");
  }

  @Test
  void aMisspeltKeyIsNamedBeforeAnythingElseFails() {
    Problem problem =
        catchThrowableOfType(
            Problem.class,
            () ->
                Service.named("quiet")
                    .with("tuneline.kafka.bootstrap-servers", "127.0.0.1:1")
                    .start("--tuneline.artifacts.rot=x"));
    assertThat(problem.describe()).contains("tuneline.artifacts.rot", "tuneline.artifacts.root");
  }

  @Test
  void keysOfTestRunsAndOfServicesThatRunElsewhereAreLeftAlone() {
    try (RunningService quiet =
        onTestKafka("quiet")
            .with("tuneline.test.servers", "auto")
            .start("--tuneline.trainer.x=2")) {
      assertThat(quiet.grpcTarget()).isNotEmpty();
    }
  }

  @Test
  void aConfigFileWinsOverTheClasspathAndAnOptionOverTheFile() throws Exception {
    Path file = data.resolve("mine.yml");
    Files.writeString(file, "tuneline:\n  probe:\n    greeting: hi\n    patience-ms: 7\n");
    try (RunningService mine =
        probe().start("--config", file.toString(), "--tuneline.probe.patience-ms", "9")) {
      assertThat(mine.bean(ProbeSettings.class).greeting()).isEqualTo("hi");
      assertThat(mine.bean(ProbeSettings.class).patienceMs()).isEqualTo(9);
    }
  }

  @Test
  void mainSaysInOneLineWhyItDidNotStart() {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code =
        probe()
            .runUntilEnd(
                ServiceIT.class,
                new String[] {"--nonsense"},
                new PrintStream(new ByteArrayOutputStream(), true, UTF_8),
                new PrintStream(said, true, UTF_8));
    assertThat(code).isEqualTo(1);
    assertThat(said.toString(UTF_8))
        .startsWith("probe did not start: there is no option --nonsense")
        .containsOnlyOnce("\n");
  }

  @Test
  void grpcHealthServes() {
    ManagedChannel channel = GrpcChannels.open(running.grpcTarget());
    try {
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void grpcProblemsArriveWhole() {
    ManagedChannel channel = GrpcChannels.open(running.grpcTarget());
    try {
      StatusRuntimeException e =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  JobServiceGrpc.newBlockingStub(channel)
                      .getJob(GetJobRequest.newBuilder().setJobId("j1").build()));
      assertThat(GrpcProblems.fromFailure(e).describe())
          .isEqualTo("there is no job j1 [JOB_NOT_FOUND]");
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void answersJson() throws Exception {
    assertThat(get("/probe/greeting").body()).isEqualTo("{\"text\":\"hello\",\"times\":1}");
  }

  @Test
  void httpProblemsHaveOpenAisShape() throws Exception {
    HttpResponse<String> caller = get("/probe/caller");
    assertThat(caller.statusCode()).isEqualTo(404);
    assertThat(caller.headers().firstValue("content-type")).hasValue("application/json");
    assertThat(caller.body())
        .isEqualTo(
            "{\"error\":{\"message\":\"there is no model m: choose one of /v1/models\","
                + "\"type\":\"invalid_request_error\",\"code\":\"model_not_found\","
                + "\"param\":\"model\",\"details\":{\"field\":\"model\","
                + "\"mend\":\"choose one of /v1/models\"}}}");

    HttpResponse<String> exhausted = get("/probe/exhausted");
    assertThat(exhausted.statusCode()).isEqualTo(429);
    assertThat(exhausted.headers().firstValue("retry-after")).hasValue("3");
    assertThat(exhausted.body()).contains("\"code\":\"queue_full\"", "\"param\":null");

    assertThat(get("/probe/wrapped").statusCode()).isEqualTo(503);
    HttpResponse<String> bug = get("/probe/bug");
    assertThat(bug.statusCode()).isEqualTo(500);
    assertThat(bug.body()).contains("\"type\":\"server_error\"", "\"code\":\"internal\"");
  }

  @Test
  void frameworkErrorsHaveTheSameShape() throws Exception {
    HttpResponse<String> missing = get("/nowhere");
    assertThat(missing.statusCode()).isEqualTo(404);
    assertThat(missing.body()).contains("\"code\":\"path_not_found\"", "/nowhere");

    HttpResponse<String> method = send(request(running, "/probe/caller").DELETE().build());
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.body()).contains("\"code\":\"http_method_not_allowed\"");

    HttpResponse<String> broken = post("{\"text\": ", "application/json");
    assertThat(broken.statusCode()).isEqualTo(400);
    assertThat(broken.body()).contains("\"type\":\"invalid_request_error\"");

    HttpResponse<String> wrongType =
        post("{\"text\": \"a\", \"times\": \"many\"}", "application/json");
    assertThat(wrongType.statusCode()).isEqualTo(400);
    assertThat(wrongType.body()).contains("\"error\":{\"message\":");

    assertThat(post("a", "text/plain").statusCode()).isEqualTo(415);
  }

  @Test
  void aMisspeltKeyFailsTheStartNamingIt() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> probe().with("tuneline.kafka.bootstrap-server", "x:1").start());
    assertThat(problem.reason()).isEqualTo("UNKNOWN_CONFIG_KEY");
    assertThat(problem.describe())
        .contains("tuneline.kafka.bootstrap-server", "tuneline.kafka.bootstrap-servers");
  }

  @Test
  void aTakenPortFailsTheStart() {
    Problem problem =
        catchThrowableOfType(
            Problem.class,
            () -> probe().start("--http-port", Integer.toString(running.httpUri().getPort())));
    assertThat(problem.reason()).isEqualTo("PORT_IN_USE");
  }

  @Test
  void aTakenGrpcPortFailsTheStart() {
    String port = running.grpcTarget().substring(running.grpcTarget().indexOf(':') + 1);
    Problem problem = catchThrowableOfType(Problem.class, () -> probe().start("--grpc-port", port));
    assertThat(problem.reason()).isEqualTo("PORT_IN_USE");
  }

  @Test
  void aValueOfTheWrongTypeFailsTheStart() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> probe().start("--tuneline.kafka.replication=many"));
    assertThat(problem.reason()).as(problem.describe()).isEqualTo("BAD_CONFIG");
    assertThat(problem.describe())
        .contains("tuneline.kafka.replication", "many")
        .doesNotContain("\n");
  }

  private static HttpResponse<String> get(String path) throws Exception {
    return get(running, path);
  }

  private static HttpResponse<String> get(RunningService service, String path) throws Exception {
    return send(request(service, path).GET().build());
  }

  private static HttpResponse<String> post(String body, String type) throws Exception {
    return send(
        request(running, "/probe/greeting")
            .header("content-type", type)
            .POST(BodyPublishers.ofString(body))
            .build());
  }

  private static HttpRequest.Builder request(RunningService service, String path) {
    return HttpRequest.newBuilder(URI.create(service.httpUri() + path));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return CLIENT.send(request, BodyHandlers.ofString());
  }
}
