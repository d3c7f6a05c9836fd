package dev.tuneline.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.EvaluationServiceGrpc;
import dev.tuneline.proto.v1.GetEvaluationRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The evaluator as its main starts it, with its own configuration file; no gateway is needed. */
class EvaluatorServiceIT {
  @TempDir private Path data;

  private Service service() {
    return Service.named("evaluator")
        .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
        .with("tuneline.kafka.namespace", TestServers.unique("evaluator-service") + ".")
        .with("tuneline.data", data)
        .with("tuneline.http.port", -1)
        .with("tuneline.grpc.port", 0);
  }

  @Test
  void answersOverGrpcAndSaysThatItIsWell() throws Exception {
    try (RunningService running = service().start();
        HttpClient http = HttpClient.newHttpClient()) {
      ManagedChannel channel = GrpcChannels.open(running.grpcTarget());
      var evaluations = EvaluationServiceGrpc.newBlockingStub(channel);

      StatusRuntimeException unknown =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  evaluations.getEvaluation(
                      GetEvaluationRequest.newBuilder().setJobId("none").build()));
      assertThat(GrpcProblems.fromFailure(unknown).reason()).isEqualTo("JOB_NOT_FOUND");
      String health =
          http.send(
                  HttpRequest.newBuilder(running.httpUri().resolve("/health")).build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(health).contains("\"evaluator\"").doesNotContain("DOWN");
      channel.shutdownNow();
    }
  }

  @Test
  void refusesAConfigurationOutOfRange() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> service().start("--tuneline.evaluator.batch-examples=65").close());

    assertThat(problem.details()).containsEntry(Problem.FIELD, "tuneline.evaluator.batch-examples");
  }
}
