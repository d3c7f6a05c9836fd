package dev.tuneline.platform.events;

import static dev.tuneline.proto.v1.JobState.JOB_STATE_ACCEPTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_CANCELLED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_DEPLOYED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_EVALUATED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_FAILED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_PAUSED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_REQUESTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_SHARDED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_SWEEPING;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINING;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRIED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_WITHHELD;
import static java.util.Map.entry;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpoint;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrial;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes a job from its events. This is the only place that decides what state a job is in; an event
 * that does not fit the state (a redelivery, a zombie's late word) changes nothing.
 */
public final class JobFold implements Fold<Job, JobEvent> {
  private static final Set<JobState> OPEN =
      EnumSet.of(
          JOB_STATE_REQUESTED,
          JOB_STATE_ACCEPTED,
          JOB_STATE_SHARDED,
          JOB_STATE_TRAINING,
          JOB_STATE_TRAINED,
          JOB_STATE_EVALUATED,
          JOB_STATE_PAUSED,
          JOB_STATE_SWEEPING);

  private static final Set<JobState> FOR_TRAINERS =
      EnumSet.of(JOB_STATE_SHARDED, JOB_STATE_TRAINING);

  /** A trainer may still hold a paused job, until it has stored what is done. */
  private static final Set<JobState> HELD =
      EnumSet.of(JOB_STATE_SHARDED, JOB_STATE_TRAINING, JOB_STATE_PAUSED);

  /** In which states an event applies. */
  private static final Map<JobEvent.EventCase, Set<JobState>> APPLIES_IN =
      Map.ofEntries(
          entry(JobEvent.EventCase.ACCEPTED, EnumSet.of(JOB_STATE_REQUESTED)),
          entry(JobEvent.EventCase.SHARDED, EnumSet.of(JOB_STATE_ACCEPTED)),
          entry(JobEvent.EventCase.CLAIMED, FOR_TRAINERS),
          entry(JobEvent.EventCase.RELEASED, HELD),
          entry(JobEvent.EventCase.STARTED, FOR_TRAINERS),
          entry(JobEvent.EventCase.CHECKPOINTED, EnumSet.of(JOB_STATE_TRAINING, JOB_STATE_PAUSED)),
          entry(JobEvent.EventCase.TRAINED, EnumSet.of(JOB_STATE_TRAINING)),
          entry(JobEvent.EventCase.EVALUATED, EnumSet.of(JOB_STATE_TRAINED)),
          entry(JobEvent.EventCase.DEPLOYED, EnumSet.of(JOB_STATE_EVALUATED)),
          entry(JobEvent.EventCase.WITHHELD, EnumSet.of(JOB_STATE_EVALUATED)),
          entry(
              JobEvent.EventCase.PAUSED,
              EnumSet.of(
                  JOB_STATE_REQUESTED,
                  JOB_STATE_ACCEPTED,
                  JOB_STATE_SHARDED,
                  JOB_STATE_TRAINING,
                  JOB_STATE_SWEEPING)),
          entry(JobEvent.EventCase.RESUMED, EnumSet.of(JOB_STATE_PAUSED)),
          entry(JobEvent.EventCase.SWEEP_PLANNED, EnumSet.of(JOB_STATE_SWEEPING)),
          entry(
              JobEvent.EventCase.TRIAL_ENDED,
              EnumSet.of(JOB_STATE_SWEEPING, JOB_STATE_PAUSED, JOB_STATE_CANCELLED)),
          entry(JobEvent.EventCase.SWEEP_DECIDED, EnumSet.of(JOB_STATE_SWEEPING)),
          entry(JobEvent.EventCase.FAILED, OPEN),
          entry(JobEvent.EventCase.CANCELLED, OPEN));

  /** Whether nothing more can happen to a job in this state. */
  public static boolean isFinal(JobState state) {
    return !OPEN.contains(state) && state != JobState.JOB_STATE_UNSPECIFIED;
  }

  /** Whether a job in this state can still be paused. */
  public static boolean isPausable(JobState state) {
    return APPLIES_IN.getOrDefault(JobEvent.EventCase.PAUSED, Set.of()).contains(state);
  }

  @Override
  public @Nullable Job apply(@Nullable Job job, Event<JobEvent> event) {
    JobEvent body = event.body();
    if (job == null) {
      return body.getEventCase() == JobEvent.EventCase.REQUESTED ? requested(event) : null;
    }
    Set<JobState> states = APPLIES_IN.getOrDefault(body.getEventCase(), Set.of());
    if (!states.contains(job.getState()) || isFenced(job, body)) {
      return job;
    }
    Job.Builder next =
        job.toBuilder().setUpdatedAt(Timestamps.fromMillis(event.time().toEpochMilli()));
    switch (body.getEventCase()) {
      case ACCEPTED -> {
        JobSpec spec = body.getAccepted().getSpec();
        next.setState(spec.hasSweep() ? JOB_STATE_SWEEPING : JOB_STATE_ACCEPTED).setSpec(spec);
      }
      case SHARDED ->
          next.setState(JOB_STATE_SHARDED).addAllShards(body.getSharded().getShardsList());
      case CLAIMED ->
          next.getClaimBuilder()
              .setNumber(body.getClaim())
              .setHolder(body.getClaimed().getHolder())
              .setFruitless(job.getClaim().getFruitless() + 1);
      case RELEASED -> {
        next.getClaimBuilder().clearHolder();
        if (body.getReleased().getBecause().isEmpty()) {
          next.getClaimBuilder().clearFruitless();
        }
      }
      case STARTED -> {
        next.setState(JOB_STATE_TRAINING).setAttempts(job.getAttempts() + 1);
        next.getProgressBuilder()
            .setStep(body.getStarted().getFromStep())
            .setTotalSteps(body.getStarted().getTotalSteps())
            .setTrainableParameters(body.getStarted().getTrainableParameters())
            .setTotalParameters(body.getStarted().getTotalParameters());
      }
      case CHECKPOINTED -> {
        if (body.getCheckpointed().getStep() <= job.getCheckpointStep()) {
          return job;
        }
        next.setCheckpoint(body.getCheckpointed().getCheckpoint())
            .setCheckpointStep(body.getCheckpointed().getStep());
        if (job.hasClaim()) {
          next.getClaimBuilder().clearFruitless();
        }
        keep(next, body.getCheckpointed());
        next.getProgressBuilder().setStep(body.getCheckpointed().getStep());
      }
      case TRAINED ->
          next.setState(job.getTrialOf().isEmpty() ? JOB_STATE_TRAINED : JOB_STATE_TRIED)
              .setAdapter(body.getTrained().getAdapter())
              .setProgress(body.getTrained().getProgress());
      case EVALUATED ->
          next.setState(JOB_STATE_EVALUATED).setEvaluation(body.getEvaluated().getEvaluation());
      case DEPLOYED -> next.setState(JOB_STATE_DEPLOYED);
      case WITHHELD ->
          next.setState(JOB_STATE_WITHHELD).setWithheldBecause(body.getWithheld().getBecause());
      case FAILED -> next.setState(JOB_STATE_FAILED).setProblem(body.getFailed().getProblem());
      case CANCELLED -> next.setState(JOB_STATE_CANCELLED);
      case PAUSED -> next.setState(JOB_STATE_PAUSED).setPausedIn(job.getState());
      case RESUMED -> next.setState(job.getPausedIn()).clearPausedIn();
      case SWEEP_PLANNED -> {
        if (job.getTrialsCount() > 0) {
          return job;
        }
        next.addAllTrials(body.getSweepPlanned().getTrialsList());
      }
      case TRIAL_ENDED -> {
        JobTrial ended = body.getTrialEnded().getTrial();
        int index = openTrial(job, ended.getJobId());
        if (index < 0) {
          return job;
        }
        next.setTrials(index, ended);
      }
      case SWEEP_DECIDED ->
          next.setState(JOB_STATE_TRAINED)
              .setBestTrial(body.getSweepDecided().getBestTrial())
              .setSpec(body.getSweepDecided().getSpec())
              .setAdapter(body.getSweepDecided().getAdapter())
              .setProgress(body.getSweepDecided().getProgress());
      case REQUESTED, EVENT_NOT_SET -> {
        return job;
      }
    }
    if (!HELD.contains(next.getState()) && next.hasClaim()) {
      next.getClaimBuilder().clearHolder();
    }
    return next.build();
  }

  /**
   * Whether the words are those of a trainer that the job does not belong to, or a claim that came
   * second. A job that was never claimed has claim number 0, and so have words without a claim.
   */
  private static boolean isFenced(Job job, JobEvent body) {
    long newest = job.getClaim().getNumber();
    boolean held = newest == 0 || !job.getClaim().getHolder().isEmpty();
    return switch (body.getEventCase()) {
      case CLAIMED -> body.getClaim() != newest + 1;
      case RELEASED, STARTED, CHECKPOINTED, TRAINED -> body.getClaim() != newest || !held;
      case FAILED -> body.getClaim() != 0 && (body.getClaim() != newest || !held);
      case REQUESTED,
          ACCEPTED,
          SHARDED,
          EVALUATED,
          DEPLOYED,
          WITHHELD,
          CANCELLED,
          PAUSED,
          RESUMED,
          SWEEP_PLANNED,
          TRIAL_ENDED,
          SWEEP_DECIDED,
          EVENT_NOT_SET ->
          false;
    };
  }

  /** The place of a trial of which no end is known, or -1. */
  private static int openTrial(Job job, String trialId) {
    for (int i = 0; i < job.getTrialsCount(); i++) {
      JobTrial trial = job.getTrials(i);
      if (trial.getJobId().equals(trialId)) {
        return trial.getState() == JobState.JOB_STATE_UNSPECIFIED ? i : -1;
      }
    }
    return -1;
  }

  private static void keep(Job.Builder job, JobCheckpointed taken) {
    List<JobCheckpoint> kept =
        job.getCheckpointsList().stream()
            .filter(earlier -> !taken.getReleasedStepsList().contains(earlier.getStep()))
            .toList();
    JobCheckpoint.Builder newest =
        JobCheckpoint.newBuilder()
            .setStep(taken.getStep())
            .setCheckpoint(taken.getCheckpoint())
            .setCreatedAt(job.getUpdatedAt());
    if (taken.hasValidationLoss()) {
      newest.setValidationLoss(taken.getValidationLoss());
    }
    if (taken.hasValidationAccuracy()) {
      newest.setValidationAccuracy(taken.getValidationAccuracy());
    }
    job.clearCheckpoints().addAllCheckpoints(kept).addCheckpoints(newest);
    if (taken.getBest()) {
      job.setBestCheckpointStep(taken.getStep());
    }
  }

  private static Job requested(Event<JobEvent> event) {
    var now = Timestamps.fromMillis(event.time().toEpochMilli());
    return Job.newBuilder()
        .setJobId(event.body().getJobId())
        .setSpec(event.body().getRequested().getSpec())
        .setTrialOf(event.body().getRequested().getTrialOf())
        .setState(JOB_STATE_REQUESTED)
        .setCreatedAt(now)
        .setUpdatedAt(now)
        .build();
  }
}
