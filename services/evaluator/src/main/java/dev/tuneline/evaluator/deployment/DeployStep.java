package dev.tuneline.evaluator.deployment;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Deployment;
import dev.tuneline.proto.v1.DeploymentChanged;
import dev.tuneline.proto.v1.DeploymentEvent;
import dev.tuneline.proto.v1.DeploymentTarget;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobDeployed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobWithheld;

/**
 * Ends evaluated jobs: an adapter that passed the gate gets all traffic of the deployment that its
 * job names, every other is withheld with the reason.
 */
public final class DeployStep implements Step<Job> {
  private final EventPublisher publisher;

  public DeployStep(EventPublisher publisher) {
    this.publisher = publisher;
  }

  @Override
  public boolean wants(Job job) {
    return job.getState() == JobState.JOB_STATE_EVALUATED;
  }

  /** The deployment is changed before the job says so: a job that is deployed can be called. */
  @Override
  public void perform(Job job, Cancellation cancellation) {
    String deployment = job.getSpec().getDeployment().getName();
    JobEvent.Builder event = JobEvent.newBuilder().setJobId(job.getJobId());
    if (!job.getEvaluation().getGatePassed()) {
      event.setWithheld(JobWithheld.newBuilder().setBecause(job.getEvaluation().getGateReason()));
    } else if (deployment.isEmpty()) {
      event.setWithheld(JobWithheld.newBuilder().setBecause("the job asks for no deployment"));
    } else {
      publisher.publish(Topics.DEPLOYMENTS, change(deployment, job));
      event.setDeployed(JobDeployed.newBuilder().setDeployment(deployment));
    }
    publisher.publish(Topics.JOBS, event.build());
  }

  @Override
  public void failed(Job job, Problem problem) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(job.getJobId())
            .setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem)))
            .build());
  }

  private static DeploymentEvent change(String name, Job job) {
    DeploymentTarget all =
        DeploymentTarget.newBuilder()
            .setAdapter(job.getAdapter())
            .setWeightPercent(100)
            .setJobId(job.getJobId())
            .build();
    return DeploymentEvent.newBuilder()
        .setName(name)
        .setChanged(
            DeploymentChanged.newBuilder()
                .setDeployment(
                    Deployment.newBuilder()
                        .setName(name)
                        .setBaseModel(job.getSpec().getBaseModel())
                        .addTargets(all)))
        .build();
  }
}
