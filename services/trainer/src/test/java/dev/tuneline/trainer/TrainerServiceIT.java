package dev.tuneline.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.GetTrainerRequest;
import dev.tuneline.proto.v1.TrainerServiceGrpc;
import dev.tuneline.proto.v1.WatchTrainingRequest;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trainer as its main starts it, with its own configuration file. */
class TrainerServiceIT {
  @TempDir private Path data;

  private Service service() {
    return Service.named("trainer")
        .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
        .with("tuneline.kafka.namespace", TestServers.unique("trainer-service") + ".")
        .with("tuneline.data", data)
        .with("tuneline.models.root", TrainingSite.models())
        .with("tuneline.http.port", -1)
        .with("tuneline.grpc.port", 0);
  }

  @Test
  void answersOverGrpcAndSaysThatItIsWell() throws Exception {
    try (RunningService running = service().start("--tuneline.trainer.name=gpu-less");
        HttpClient http = HttpClient.newHttpClient()) {
      ManagedChannel channel = GrpcChannels.open(running.grpcTarget());
      var trainer = TrainerServiceGrpc.newBlockingStub(channel);

      assertThat(trainer.getTrainer(GetTrainerRequest.getDefaultInstance()))
          .satisfies(
              answer -> {
                assertThat(answer.getTrainer()).isEqualTo("gpu-less");
                assertThat(answer.getJobId()).isEmpty();
                assertThat(answer.getResidentBytes()).isPositive();
              });
      StatusRuntimeException idle =
          catchThrowableOfType(
              StatusRuntimeException.class,
              () ->
                  trainer
                      .watchTraining(WatchTrainingRequest.newBuilder().setJobId("none").build())
                      .hasNext());
      assertThat(GrpcProblems.fromFailure(idle).reason()).isEqualTo("TRAINING_NOT_FOUND");
      String health =
          http.send(
                  HttpRequest.newBuilder(running.httpUri().resolve("/health")).build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(health).contains("\"trainer\"").doesNotContain("DOWN");
      channel.shutdownNow();
    }
  }

  @Test
  void refusesAConfigurationOutOfRange() {
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> service().start("--tuneline.trainer.threads=-1").close());

    assertThat(problem.details()).containsEntry(Problem.FIELD, "tuneline.trainer.threads");
  }
}
