package dev.tuneline.cli;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.DatasetServiceGrpc.DatasetServiceBlockingStub;
import dev.tuneline.proto.v1.DatasetServiceGrpc.DatasetServiceStub;
import dev.tuneline.proto.v1.DeploymentServiceGrpc;
import dev.tuneline.proto.v1.DeploymentServiceGrpc.DeploymentServiceBlockingStub;
import dev.tuneline.proto.v1.InferenceServiceGrpc;
import dev.tuneline.proto.v1.InferenceServiceGrpc.InferenceServiceBlockingStub;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobServiceGrpc.JobServiceBlockingStub;
import dev.tuneline.proto.v1.TrainerServiceGrpc;
import dev.tuneline.proto.v1.TrainerServiceGrpc.TrainerServiceBlockingStub;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.AbstractStub;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Channels to the services, and their failures as problems. Safe for use by several threads. */
final class Connection implements AutoCloseable {
  private static final String UNREACHABLE = "SERVER_UNAVAILABLE";
  private static final int CALL_TIMEOUT_SECONDS = 60;

  private final String server;
  private final String gateway;
  private final ManagedChannel ingest;
  private final ManagedChannel inference;
  private final ManagedChannel training;

  /**
   * @param server {@code host:port} of ingest, or of the all-in-one
   * @param gateway {@code host:port} of inference-gateway; may be the same
   * @param trainer {@code host:port} of a trainer; may be the same as the server's
   */
  Connection(String server, String gateway, String trainer) {
    this.server = server;
    this.gateway = gateway;
    this.ingest = channel(server);
    this.inference = server.equals(gateway) ? ingest : channel(gateway);
    this.training = server.equals(trainer) ? ingest : channel(trainer);
  }

  private static ManagedChannel channel(String address) {
    if (!address.matches(".+:\\d{1,5}")) {
      throw Problem.caller("INVALID_ADDRESS", "'" + address + "' is not an address")
          .at(Problem.FIELD, "--server")
          .mend("write it as HOST:PORT, e.g. 127.0.0.1:9090");
    }
    return GrpcChannels.open("dns:///" + address);
  }

  DatasetServiceBlockingStub datasets() {
    return DatasetServiceGrpc.newBlockingStub(ingest);
  }

  DatasetServiceStub uploads() {
    return DatasetServiceGrpc.newStub(ingest);
  }

  JobServiceBlockingStub jobs() {
    return JobServiceGrpc.newBlockingStub(ingest);
  }

  InferenceServiceBlockingStub inference() {
    return InferenceServiceGrpc.newBlockingStub(inference);
  }

  DeploymentServiceBlockingStub deployments() {
    return DeploymentServiceGrpc.newBlockingStub(inference);
  }

  TrainerServiceBlockingStub trainer() {
    return TrainerServiceGrpc.newBlockingStub(training);
  }

  /** The time within which a call that does not stream must be answered. */
  static <S extends AbstractStub<S>> S timely(S stub) {
    return stub.withDeadlineAfter(CALL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }

  /** What a call gives; its failure is thrown as a {@link Problem}. */
  <T> T call(Supplier<T> call) {
    try {
      return call.get();
    } catch (StatusRuntimeException e) {
      throw problem(e);
    }
  }

  /** Any failure of a call as a problem that says what to do about it. */
  Problem problem(Throwable failure) {
    Problem problem = GrpcProblems.fromFailure(failure);
    if (!isUnreachable(problem)) {
      return problem;
    }
    String where = server.equals(gateway) ? server : server + " or " + gateway;
    return Problem.ours(UNREACHABLE, "no Tuneline answers at " + where, failure)
        .mend("start one with ./tuneline up, or name another with --server HOST:PORT");
  }

  /** Whether nobody answered, as opposed to a service that says what it lacks. */
  static boolean isUnreachable(Problem problem) {
    return problem.reason().equals(UNREACHABLE);
  }

  @Override
  public void close() {
    ingest.shutdownNow();
    inference.shutdownNow();
    training.shutdownNow();
  }
}
