package dev.tuneline.platform.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.GetJobResponse;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.WatchJobRequest;
import dev.tuneline.proto.v1.WatchJobResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.Iterator;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProblemInterceptorTest {
  private Server server;
  private ManagedChannel channel;

  /** Fails as the job's id says. */
  private static final class FailingJobs extends JobServiceGrpc.JobServiceImplBase {
    private static RuntimeException failure(String how) {
      return switch (how) {
        case "problem" ->
            Problem.caller("JOB_NOT_FOUND", "no such job").at(Problem.FIELD, "job_id");
        case "status" -> Status.ABORTED.withDescription("as it is").asRuntimeException();
        default -> new IllegalStateException("a bug");
      };
    }

    @Override
    public void getJob(GetJobRequest request, StreamObserver<GetJobResponse> observer) {
      String[] how = request.getJobId().split("-", 2);
      if (how[0].equals("throw")) {
        throw failure(how[1]);
      }
      observer.onError(failure(how[1]));
    }

    @Override
    public void watchJob(WatchJobRequest request, StreamObserver<WatchJobResponse> observer) {
      observer.onNext(WatchJobResponse.getDefaultInstance());
      throw failure(request.getJobId());
    }
  }

  @BeforeEach
  void start() throws IOException {
    server =
        InProcessServerBuilder.forName("problems")
            .addService(new FailingJobs())
            .intercept(new ProblemInterceptor())
            .build()
            .start();
    channel = InProcessChannelBuilder.forName("problems").build();
  }

  @AfterEach
  void end() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private Problem get(String how) {
    return caught(
        () ->
            JobServiceGrpc.newBlockingStub(channel)
                .getJob(GetJobRequest.newBuilder().setJobId(how).build()));
  }

  private static Problem caught(Supplier<?> call) {
    return GrpcProblems.fromFailure(catchThrowableOfType(StatusRuntimeException.class, call::get));
  }

  @Test
  void thrownAndGivenProblemsArriveAlike() {
    for (String way : new String[] {"throw-problem", "give-problem"}) {
      Problem problem = get(way);
      assertThat(problem.describe()).isEqualTo("no such job (field job_id) [JOB_NOT_FOUND]");
    }
  }

  @Test
  void bugsAreInternal() {
    for (String way : new String[] {"throw-bug", "give-bug"}) {
      Problem problem = get(way);
      assertThat(problem.reason()).isEqualTo("INTERNAL");
      assertThat(problem.message()).isEqualTo("a bug");
    }
  }

  @Test
  void statusesKeepTheirMeaning() {
    for (String way : new String[] {"throw-status", "give-status"}) {
      assertThat(get(way).message()).isEqualTo("as it is");
    }
  }

  @Test
  void aStreamEndsWithItsProblem() {
    Iterator<WatchJobResponse> answers =
        JobServiceGrpc.newBlockingStub(channel)
            .watchJob(WatchJobRequest.newBuilder().setJobId("problem").build());
    answers.next();
    assertThat(caught(answers::hasNext).reason()).isEqualTo("JOB_NOT_FOUND");
  }
}
