package dev.tuneline.gateway.grpc;

import dev.tuneline.errors.Problem;
import dev.tuneline.gateway.deployments.Deployments;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentRemoved;
import dev.tuneline.proto.v1.DeploymentServiceGrpc;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.GetDeploymentRequest;
import dev.tuneline.proto.v1.GetDeploymentResponse;
import dev.tuneline.proto.v1.ListDeploymentsRequest;
import dev.tuneline.proto.v1.ListDeploymentsResponse;
import dev.tuneline.proto.v1.RemoveDeploymentRequest;
import dev.tuneline.proto.v1.RemoveDeploymentResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/** {@code DeploymentService} over {@link Deployments}. */
public final class DeploymentEndpoint extends DeploymentServiceGrpc.DeploymentServiceImplBase {
  private final Deployments deployments;
  private final EventPublisher publisher;
  private final Duration viewTimeout;

  /**
   * @param viewTimeout how long a call may wait for the log to be read
   */
  public DeploymentEndpoint(
      Deployments deployments, EventPublisher publisher, Duration viewTimeout) {
    this.deployments = deployments;
    this.publisher = publisher;
    this.viewTimeout = viewTimeout;
  }

  @Override
  public void getDeployment(
      GetDeploymentRequest request, StreamObserver<GetDeploymentResponse> answer) {
    answer.onNext(GetDeploymentResponse.newBuilder().setStatus(require(request.getName())).build());
    answer.onCompleted();
  }

  @Override
  public void listDeployments(
      ListDeploymentsRequest request, StreamObserver<ListDeploymentsResponse> answer) {
    answer.onNext(
        ListDeploymentsResponse.newBuilder().addAllStatuses(deployments.statuses()).build());
    answer.onCompleted();
  }

  @Override
  public void removeDeployment(
      RemoveDeploymentRequest request, StreamObserver<RemoveDeploymentResponse> answer) {
    String name = require(request.getName()).getDeployment().getName();
    publisher.publish(
        Topics.DEPLOYMENTS,
        DeploymentEvent.newBuilder()
            .setName(name)
            .setRemoved(DeploymentRemoved.newBuilder().setBecause(request.getBecause()))
            .build());
    answer.onNext(RemoveDeploymentResponse.getDefaultInstance());
    answer.onCompleted();
  }

  private DeploymentStatus require(String name) {
    return deployments
        .status(name, viewTimeout)
        .orElseThrow(
            () ->
                Problem.caller("DEPLOYMENT_NOT_FOUND", "there is no deployment \"" + name + "\"")
                    .at(Problem.FIELD, "name")
                    .mend("list the deployments to see their names"));
  }
}
