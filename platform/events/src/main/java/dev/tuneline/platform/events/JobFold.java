package dev.tuneline.platform.events;

import static dev.tuneline.proto.v1.JobState.JOB_STATE_ACCEPTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_CANCELLED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_DEPLOYED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_EVALUATED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_FAILED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_REQUESTED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_SHARDED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINED;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_TRAINING;
import static dev.tuneline.proto.v1.JobState.JOB_STATE_WITHHELD;

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
          JOB_STATE_EVALUATED);

  /** In which states an event applies. */
  private static final Map<JobEvent.EventCase, Set<JobState>> APPLIES_IN =
      Map.of(
          JobEvent.EventCase.ACCEPTED, EnumSet.of(JOB_STATE_REQUESTED),
          JobEvent.EventCase.SHARDED, EnumSet.of(JOB_STATE_ACCEPTED),
          JobEvent.EventCase.STARTED, EnumSet.of(JOB_STATE_SHARDED, JOB_STATE_TRAINING),
          JobEvent.EventCase.CHECKPOINTED, EnumSet.of(JOB_STATE_TRAINING),
          JobEvent.EventCase.TRAINED, EnumSet.of(JOB_STATE_TRAINING),
          JobEvent.EventCase.EVALUATED, EnumSet.of(JOB_STATE_TRAINED),
          JobEvent.EventCase.DEPLOYED, EnumSet.of(JOB_STATE_EVALUATED),
          JobEvent.EventCase.WITHHELD, EnumSet.of(JOB_STATE_EVALUATED),
          JobEvent.EventCase.FAILED, OPEN,
          JobEvent.EventCase.CANCELLED, OPEN);

  /** Whether nothing more can happen to a job in this state. */
  public static boolean isFinal(JobState state) {
    return !OPEN.contains(state) && state != JobState.JOB_STATE_UNSPECIFIED;
  }

  @Override
  public @Nullable Job apply(@Nullable Job job, Event<JobEvent> event) {
    JobEvent body = event.body();
    if (job == null) {
      return body.getEventCase() == JobEvent.EventCase.REQUESTED ? requested(event) : null;
    }
    Set<JobState> states = APPLIES_IN.getOrDefault(body.getEventCase(), Set.of());
    if (!states.contains(job.getState())) {
      return job;
    }
    Job.Builder next =
        job.toBuilder().setUpdatedAt(Timestamps.fromMillis(event.time().toEpochMilli()));
    switch (body.getEventCase()) {
      case ACCEPTED -> next.setState(JOB_STATE_ACCEPTED).setSpec(body.getAccepted().getSpec());
      case SHARDED ->
          next.setState(JOB_STATE_SHARDED).addAllShards(body.getSharded().getShardsList());
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
      case REQUESTED, EVENT_NOT_SET -> {
        return job;
      }
    }
    return next.build();
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
