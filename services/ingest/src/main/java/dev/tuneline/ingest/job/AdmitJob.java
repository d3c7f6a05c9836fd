package dev.tuneline.ingest.job;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobState;

/** Accepts or refuses jobs that were asked for, whichever door they came through. */
public final class AdmitJob implements Step<Job> {
  private final JobAdmission admission;
  private final EventPublisher publisher;

  public AdmitJob(JobAdmission admission, EventPublisher publisher) {
    this.admission = admission;
    this.publisher = publisher;
  }

  @Override
  public boolean wants(Job job) {
    return job.getState() == JobState.JOB_STATE_REQUESTED;
  }

  @Override
  public void perform(Job job, Cancellation cancellation) {
    if (!Ids.PATTERN.matcher(job.getJobId()).matches()) {
      throw Problem.caller("INVALID_JOB_ID", "the job's id is not usable")
          .at(Problem.FIELD, "job_id")
          .mend("use 1 to 64 letters, digits, '-' or '_'");
    }
    var accepted = JobAccepted.newBuilder().setSpec(admission.complete(job.getSpec()));
    publish(event(job).setAccepted(accepted));
  }

  @Override
  public void failed(Job job, Problem problem) {
    publish(event(job).setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem))));
  }

  private static JobEvent.Builder event(Job job) {
    return JobEvent.newBuilder().setJobId(job.getJobId());
  }

  private void publish(JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.build());
  }
}
