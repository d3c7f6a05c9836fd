package dev.tuneline.ingest.job;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.ingest.Repeats;
import dev.tuneline.ingest.projection.Projection;
import dev.tuneline.platform.events.Event;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobPaused;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobResumed;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.TrainingMeasured;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/** What callers can do with jobs. Safe for use by several threads. */
public final class Jobs {
  private static final int MAX_BECAUSE_CHARS = 500;

  private final JobAdmission admission;
  private final EventPublisher publisher;
  private final Projection<Job, JobEvent> projection;
  private final Function<String, Optional<TrainingMeasured>> measured;
  private final Ids ids;
  private final Repeats repeats;
  private final TopicView<JobHistory, JobEvent> histories;
  private final Duration readTimeout;

  /**
   * @param measured the newest measurement of a job
   * @param readTimeout how long a reader of a history waits for it at most
   */
  public Jobs(
      JobAdmission admission,
      EventPublisher publisher,
      Projection<Job, JobEvent> projection,
      Function<String, Optional<TrainingMeasured>> measured,
      Ids ids,
      Repeats repeats,
      TopicView<JobHistory, JobEvent> histories,
      Duration readTimeout) {
    this.admission = admission;
    this.publisher = publisher;
    this.projection = projection;
    this.measured = measured;
    this.ids = ids;
    this.repeats = repeats;
    this.histories = histories;
    this.readTimeout = readTimeout;
  }

  /** Asks for a job that was checked; it is accepted, with its defaults, a moment later. */
  public Job create(CreateJobRequest request) {
    String key = request.getIdempotencyKey();
    repeats.check("CreateJob", key, request);
    String id = ids.give("job", key);
    if (!key.isEmpty()) {
      Optional<Job> known = projection.current(id);
      if (known.isPresent()) {
        return live(known.get());
      }
    }
    admission.complete(request.getSpec());
    return at(
        id, publish(event(id).setRequested(JobRequested.newBuilder().setSpec(request.getSpec()))));
  }

  /** What {@link #create} would make of a spec, whose dataset may be still to come. */
  public JobSpec check(JobSpec spec) {
    return admission.check(spec);
  }

  /** Ends a job that is not final; one that is cancelled already stays so. */
  public Job cancel(String jobId, String because) {
    Job job = get(jobId);
    if (job.getState() == JobState.JOB_STATE_CANCELLED) {
      return job;
    }
    if (JobFold.isFinal(job.getState())) {
      throw Problem.caller("JOB_FINISHED", "job " + jobId + " has ended already")
          .at(Problem.FIELD, "job_id")
          .at("state", job.getState())
          .mend("only a job that has not ended can be cancelled");
    }
    return at(
        jobId,
        publish(
            event(jobId).setCancelled(JobCancelled.newBuilder().setBecause(shortened(because)))));
  }

  /** Holds up a job that is not trained yet; one that is paused already stays so. */
  public Job pause(String jobId, String because) {
    Job job = get(jobId);
    if (job.getState() == JobState.JOB_STATE_PAUSED) {
      return job;
    }
    if (!job.getTrialOf().isEmpty()) {
      throw Problem.caller("JOB_IS_A_TRIAL", "job " + jobId + " is a trial of another job")
          .at(Problem.FIELD, "job_id")
          .mend("pause job " + job.getTrialOf());
    }
    if (!JobFold.isPausable(job.getState())) {
      throw Problem.caller("JOB_NOT_PAUSABLE", "job " + jobId + " is trained or has ended already")
          .at(Problem.FIELD, "job_id")
          .at("state", job.getState())
          .mend("only a job that is not trained yet can be paused");
    }
    return at(
        jobId,
        publish(event(jobId).setPaused(JobPaused.newBuilder().setBecause(shortened(because)))));
  }

  /** Puts a paused job back; one that goes on already is left alone. */
  public Job resume(String jobId) {
    Job job = get(jobId);
    if (JobFold.isFinal(job.getState())) {
      throw Problem.caller("JOB_FINISHED", "job " + jobId + " has ended already")
          .at(Problem.FIELD, "job_id")
          .at("state", job.getState())
          .mend("ask for a new job");
    }
    return job.getState() == JobState.JOB_STATE_PAUSED
        ? at(jobId, publish(event(jobId).setResumed(JobResumed.getDefaultInstance())))
        : job;
  }

  /** A job as it stands. */
  public Job get(String jobId) {
    return live(projection.current(jobId).orElseThrow(() -> notFound(jobId)));
  }

  /** A job as it stood a moment ago; cheaper than {@link #get}. */
  public Job latest(String jobId) {
    return live(projection.latest(jobId).orElseThrow(() -> notFound(jobId)));
  }

  /** A job with all that made it what it is. */
  public JobHistory history(String jobId) {
    histories.awaitCurrent(readTimeout);
    return histories.get(jobId).orElseThrow(() -> notFound(jobId));
  }

  /** Jobs, the newest first. */
  public Projection.Page<Job> list(int size, String pageToken) {
    Projection.Page<Job> page = projection.list(size, pageToken);
    return new Projection.Page<>(page.states().stream().map(this::live).toList(), page.nextToken());
  }

  /** Jobs that come after a given one in the list. */
  public Projection.Page<Job> listAfter(int size, String jobId) {
    return list(size, projection.tokenAfter(jobId, get(jobId)));
  }

  /** While a trainer works, its measurements tell more than the job's events. */
  private Job live(Job job) {
    if (job.getState() != JobState.JOB_STATE_TRAINING) {
      return job;
    }
    return measured
        .apply(job.getJobId())
        .filter(newest -> newest.getProgress().getStep() >= job.getProgress().getStep())
        .map(newest -> job.toBuilder().setProgress(newest.getProgress()).build())
        .orElse(job);
  }

  private Job at(String id, Event.Position position) {
    return live(projection.at(id, position).orElseThrow(() -> notFound(id)));
  }

  private Event.Position publish(JobEvent.Builder event) {
    return publisher.publish(Topics.JOBS, event.build());
  }

  private static String shortened(String because) {
    return because.substring(0, Math.min(because.length(), MAX_BECAUSE_CHARS));
  }

  private static JobEvent.Builder event(String id) {
    return JobEvent.newBuilder().setJobId(id);
  }

  private static Problem notFound(String jobId) {
    String shown = Ids.PATTERN.matcher(jobId).matches() ? jobId : "of such an id";
    return Problem.caller("JOB_NOT_FOUND", "there is no job " + shown)
        .at(Problem.FIELD, "job_id")
        .mend("use an id that CreateJob or ListJobs returned");
  }
}
