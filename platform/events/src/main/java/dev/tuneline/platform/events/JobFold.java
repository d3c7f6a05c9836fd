package dev.tuneline.platform.events;

import static dev.tuneline.proto.v1.JobState.JOB_STATE_ACCEPTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_CANCELLED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_DEPLOYED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_EVALUATED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_FAILED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_PAUSED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_REQUESTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_SHARDED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINING;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_WITHHELD;
import static java.util.Map.entry;

import com.google.protobuf.util.Timestamps;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobState;
import java.util.EnumSet;
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
          JOB_STATE_PAUSED);

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
                  JOB_STATE_REQUESTED, JOB_STATE_ACCEPTED, JOB_STATE_SHARDED, JOB_STATE_TRAINING)),
          entry(JobEvent.EventCase.RESUMED, EnumSet.of(JOB_STATE_PAUSED)),
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
      case ACCEPTED -> next.setState(JOB_STATE_ACCEPTED).setSpec(body.getAccepted().getSpec());
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
      }
      case TRAINED ->
          next.setState(JOB_STATE_TRAINED)
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
          EVENT_NOT_SET ->
          false;
    };
  }

  private static Job requested(Event<JobEvent> event) {
    var now = Timestamps.fromMillis(event.time().toEpochMilli());
    return Job.newBuilder()
        .setJobId(event.body().getJobId())
        .setSpec(event.body().getRequested().getSpec())
        .setState(JOB_STATE_REQUESTED)
        .setCreatedAt(now)
        .setUpdatedAt(now)
        .build();
  }
}
