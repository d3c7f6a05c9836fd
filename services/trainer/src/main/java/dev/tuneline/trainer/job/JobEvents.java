package dev.tuneline.trainer.job;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.TrainingProgress;

/** What a trainer says about a job under its claim; each call returns when the event is safe. */
final class JobEvents {
  private final EventPublisher publisher;
  private final long claim;

  JobEvents(EventPublisher publisher, Job job) {
    this.publisher = publisher;
    this.claim = job.getClaim().getNumber();
  }

  void started(String jobId, JobStarted started) {
    publish(event(jobId).setStarted(started));
  }

  void checkpointed(String jobId, JobCheckpointed checkpointed) {
    publish(event(jobId).setCheckpointed(checkpointed));
  }

  void trained(String jobId, Adapter adapter, TrainingProgress progress) {
    publish(
        event(jobId).setTrained(JobTrained.newBuilder().setAdapter(adapter).setProgress(progress)));
  }

  void failed(String jobId, Problem problem) {
    publish(
        event(jobId).setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem))));
  }

  private JobEvent.Builder event(String jobId) {
    return JobEvent.newBuilder().setJobId(jobId).setClaim(claim);
  }

  private void publish(JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.build());
  }
}
