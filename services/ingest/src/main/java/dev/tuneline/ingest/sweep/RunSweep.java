package dev.tuneline.ingest.sweep;

import dev.tuneline.errors.Problem;
import dev.tuneline.ingest.Ids;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.JobFold;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobPaused;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobResumed;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobSweepDecided;
import dev.tuneline.proto.v1.JobSweepPlanned;
import dev.tuneline.proto.v1.JobTrial;
import dev.tuneline.proto.v1.JobTrialEnded;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Drives a job's sweep: requests its trials as jobs of their own, notes how each ends, and makes
 * the best one's adapter the job's. Trials follow the job when it is paused, resumed or ended. Each
 * run does what the states of job and trials call for at the time; a trial's id follows from the
 * job's, so a request that is made twice makes one trial.
 */
public final class RunSweep implements Step<Job> {
  private static final int MAX_PREFIX_CHARS = 58;

  private final Function<JobSpec, List<Sweep.Trial>> trials;
  private final Function<String, Optional<Job>> jobs;
  private final EventPublisher publisher;

  /**
   * @param trials of a job's spec, complete
   * @param jobs a job by its id, as far as is known
   */
  public RunSweep(
      Function<JobSpec, List<Sweep.Trial>> trials,
      Function<String, Optional<Job>> jobs,
      EventPublisher publisher) {
    this.trials = trials;
    this.jobs = jobs;
    this.publisher = publisher;
  }

  @Override
  public boolean wants(Job job) {
    return job.getSpec().hasSweep()
        && switch (job.getState()) {
          case JOB_STATE_SWEEPING ->
              open(job).isEmpty() || open(job).stream().anyMatch(this::isToBeMovedOn);
          case JOB_STATE_PAUSED -> known(job).stream().anyMatch(RunSweep::isToBePaused);
          case JOB_STATE_CANCELLED, JOB_STATE_FAILED ->
              known(job).stream().anyMatch(trial -> !JobFold.isFinal(trial.getState()));
          default -> false;
        };
  }

  @Override
  public void perform(Job job, Cancellation cancellation) {
    switch (job.getState()) {
      case JOB_STATE_SWEEPING -> {
        if (job.getTrialsCount() == 0) {
          plan(job);
        } else if (open(job).isEmpty()) {
          decide(job);
        } else {
          moveOn(job, cancellation);
        }
      }
      case JOB_STATE_PAUSED ->
          known(job).stream()
              .filter(RunSweep::isToBePaused)
              .forEach(
                  trial ->
                      publish(
                          event(trial).setPaused(JobPaused.newBuilder().setBecause(asThe(job)))));
      case JOB_STATE_CANCELLED, JOB_STATE_FAILED ->
          known(job).stream()
              .filter(trial -> !JobFold.isFinal(trial.getState()))
              .forEach(
                  trial ->
                      publish(
                          event(trial)
                              .setCancelled(JobCancelled.newBuilder().setBecause(asThe(job)))));
      default -> {}
    }
  }

  @Override
  public void failed(Job job, Problem problem) {
    publish(event(job).setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem))));
  }

  private void plan(Job job) {
    List<Sweep.Trial> planned = trials.apply(job.getSpec());
    JobSweepPlanned.Builder plan = JobSweepPlanned.newBuilder();
    for (int i = 0; i < planned.size(); i++) {
      plan.addTrials(
          JobTrial.newBuilder()
              .setJobId(trialId(job.getJobId(), i + 1))
              .putAllParameters(planned.get(i).parameters()));
    }
    publish(event(job).setSweepPlanned(plan));
  }

  private void moveOn(Job job, Cancellation cancellation) {
    List<Sweep.Trial> planned = trials.apply(job.getSpec());
    for (int i = 0; i < job.getTrialsCount() && !cancellation.isCancelled(); i++) {
      JobTrial trial = job.getTrials(i);
      if (trial.getState() != JobState.JOB_STATE_UNSPECIFIED) {
        continue;
      }
      Optional<Job> known = jobs.apply(trial.getJobId());
      if (known.isEmpty()) {
        JobRequested.Builder request =
            JobRequested.newBuilder().setSpec(planned.get(i).spec()).setTrialOf(job.getJobId());
        publish(JobEvent.newBuilder().setJobId(trial.getJobId()).setRequested(request));
      } else if (JobFold.isFinal(known.get().getState())) {
        publish(
            event(job)
                .setTrialEnded(
                    JobTrialEnded.newBuilder().setTrial(ended(job, trial, known.get()))));
      } else if (known.get().getState() == JobState.JOB_STATE_PAUSED) {
        publish(event(known.get()).setResumed(JobResumed.getDefaultInstance()));
      }
    }
  }

  private void decide(Job job) {
    JobTrial best =
        job.getTrialsList().stream()
            .filter(JobTrial::hasMetric)
            .min(byMetric(job.getSpec().getSweep()))
            .orElseThrow(() -> nothingToCompare(job));
    Job winner =
        jobs.apply(best.getJobId())
            .orElseThrow(() -> Problem.ours("VIEW_BEHIND", "the best trial is not known", null));
    JobSpec spec = job.getSpec();
    publish(
        event(job)
            .setSweepDecided(
                JobSweepDecided.newBuilder()
                    .setBestTrial(best.getJobId())
                    .setAdapter(winner.getAdapter())
                    .setProgress(winner.getProgress())
                    .setSpec(
                        winner.getSpec().toBuilder()
                            .setSweep(spec.getSweep())
                            .setDeployment(spec.getDeployment())
                            .setSuffix(spec.getSuffix()))));
  }

  private static JobTrial ended(Job job, JobTrial planned, Job trial) {
    JobTrial.Builder ended = planned.toBuilder().setState(trial.getState());
    if (trial.hasProblem()) {
      ended.setProblem(trial.getProblem());
    }
    if (trial.getState() == JobState.JOB_STATE_TRIED) {
      metric(job.getSpec().getSweep(), trial).ifPresent(ended::setMetric);
    }
    return ended.build();
  }

  private static Optional<Double> metric(SweepSpec sweep, Job trial) {
    var progress = trial.getProgress();
    Optional<Double> measured =
        switch (sweep.getMetric()) {
          case SWEEP_METRIC_TRAINING_LOSS -> Optional.of(progress.getLoss());
          case SWEEP_METRIC_VALIDATION_ACCURACY ->
              progress.hasValidationAccuracy()
                  ? Optional.of(progress.getValidationAccuracy())
                  : Optional.empty();
          case SWEEP_METRIC_VALIDATION_LOSS, SWEEP_METRIC_UNSPECIFIED, UNRECOGNIZED ->
              progress.hasValidationLoss()
                  ? Optional.of(progress.getValidationLoss())
                  : Optional.empty();
        };
    return measured.filter(Double::isFinite);
  }

  /** The best trial first. */
  private static Comparator<JobTrial> byMetric(SweepSpec sweep) {
    Comparator<JobTrial> lowest = Comparator.comparingDouble(JobTrial::getMetric);
    return sweep.getMetric() == SweepMetric.SWEEP_METRIC_VALIDATION_ACCURACY
        ? lowest.reversed()
        : lowest;
  }

  private static Problem nothingToCompare(Job job) {
    boolean trained =
        job.getTrialsList().stream()
            .anyMatch(trial -> trial.getState() == JobState.JOB_STATE_TRIED);
    if (trained) {
      return Problem.caller(
              "NO_SWEEP_METRIC", "the trials were trained, but none was measured on validation")
          .at(Problem.FIELD, "spec.sweep.metric")
          .mend("use training_loss, or a dataset whose validation split is not empty");
    }
    Problem problem =
        Problem.caller("ALL_TRIALS_FAILED", "none of the sweep's trials was trained")
            .at(Problem.FIELD, "spec.sweep")
            .mend("see what each trial ended with");
    for (JobTrial trial : job.getTrialsList()) {
      problem = problem.at(trial.getJobId(), why(trial));
    }
    return problem;
  }

  private static String why(JobTrial trial) {
    return trial.hasProblem()
        ? trial.getProblem().getReason()
        : trial.getState().name().substring("JOB_STATE_".length()).toLowerCase(Locale.ROOT);
  }

  private boolean isToBeMovedOn(JobTrial trial) {
    return jobs.apply(trial.getJobId())
        .map(Job::getState)
        .map(state -> JobFold.isFinal(state) || state == JobState.JOB_STATE_PAUSED)
        .orElse(true);
  }

  private static boolean isToBePaused(Job trial) {
    return JobFold.isPausable(trial.getState());
  }

  /** Trials of which no end is noted. */
  private static List<JobTrial> open(Job job) {
    return job.getTrialsList().stream()
        .filter(trial -> trial.getState() == JobState.JOB_STATE_UNSPECIFIED)
        .toList();
  }

  /** The jobs of the trials that were requested. */
  private List<Job> known(Job job) {
    return job.getTrialsList().stream()
        .flatMap(trial -> jobs.apply(trial.getJobId()).stream())
        .toList();
  }

  /** The id of a job's trial; trials are numbered from 1. */
  static String trialId(String jobId, int number) {
    String prefix =
        jobId.length() <= MAX_PREFIX_CHARS
            ? jobId
            : Ids.digest(jobId).substring(0, MAX_PREFIX_CHARS);
    return "%s-t%02d".formatted(prefix, number);
  }

  private static String asThe(Job job) {
    return "as job " + job.getJobId();
  }

  private static JobEvent.Builder event(Job job) {
    return JobEvent.newBuilder().setJobId(job.getJobId());
  }

  private void publish(JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.build());
  }
}
