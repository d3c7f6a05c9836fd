package dev.tuneline.platform.events;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.errors.Problem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobClaim;
import dev.tuneline.proto.v1.JobClaimed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobReleased;
import java.util.Comparator;

/** What one trainer says about which jobs are its own. */
final class JobClaims {
  /** The highest priority first, and of equals the oldest. */
  static final Comparator<Job> ORDER =
      Comparator.comparingInt((Job job) -> job.getSpec().getPriority())
          .reversed()
          .thenComparing(Job::getCreatedAt, Timestamps.comparator())
          .thenComparing(Job::getJobId);

  private final EventPublisher publisher;
  private final String holder;

  /**
   * @param holder this trainer's process, unlike any other
   */
  JobClaims(EventPublisher publisher, String holder) {
    this.publisher = publisher;
    this.holder = holder;
  }

  static boolean isFree(Job job) {
    return job.getClaim().getHolder().isEmpty();
  }

  boolean isMine(Job job) {
    return job.getClaim().getHolder().equals(holder);
  }

  /** Whether both are of one claim of this trainer's. */
  boolean isStillMine(Job begun, Job now) {
    JobClaim claim = now.getClaim();
    return isMine(now) && claim.getNumber() == begun.getClaim().getNumber();
  }

  /** Asks for the job; the log says whether it was the first to ask. */
  void claim(Job job) {
    publish(
        JobEvent.newBuilder()
            .setJobId(job.getJobId())
            .setClaim(job.getClaim().getNumber() + 1)
            .setClaimed(JobClaimed.newBuilder().setHolder(holder)));
  }

  /** Lets go of a job that is gone on with later. */
  void release(Job job) {
    publish(released(job, JobReleased.getDefaultInstance()));
  }

  /** Lets go of a job that could not be done here. */
  void release(Job job, Problem problem) {
    publish(released(job, JobReleased.newBuilder().setBecause(problem.describe()).build()));
  }

  private static JobEvent.Builder released(Job job, JobReleased released) {
    return JobEvent.newBuilder()
        .setJobId(job.getJobId())
        .setClaim(job.getClaim().getNumber())
        .setReleased(released);
  }

  private void publish(JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.build());
  }
}
