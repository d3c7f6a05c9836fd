package dev.tuneline.platform.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobDeployed;
import dev.tuneline.proto.v1.JobEvaluated;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.JobWithheld;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class JobFoldTest {
  private static final JobEvent REQUESTED =
      job().setRequested(JobRequested.newBuilder().setSpec(spec(0))).build();
  private static final JobEvent ACCEPTED =
      job().setAccepted(JobAccepted.newBuilder().setSpec(spec(3))).build();
  private static final JobEvent SHARDED = job().setSharded(JobSharded.newBuilder()).build();
  private static final JobEvent STARTED =
      job().setStarted(JobStarted.newBuilder().setTotalSteps(10)).build();
  private static final JobEvent TRAINED =
      job()
          .setTrained(JobTrained.newBuilder().setAdapter(Adapter.newBuilder().setAdapterId("a")))
          .build();
  private static final JobEvent EVALUATED = job().setEvaluated(JobEvaluated.newBuilder()).build();
  private static final JobEvent DEPLOYED = job().setDeployed(JobDeployed.newBuilder()).build();
  private static final JobEvent WITHHELD =
      job().setWithheld(JobWithheld.newBuilder().setBecause("worse")).build();
  private static final JobEvent FAILED = job().setFailed(JobFailed.newBuilder()).build();
  private static final JobEvent CANCELLED = job().setCancelled(JobCancelled.newBuilder()).build();

  private static final List<JobEvent> WHOLE_LIFE =
      List.of(REQUESTED, ACCEPTED, SHARDED, STARTED, checkpointed(5), TRAINED, EVALUATED, DEPLOYED);

  @Test
  void aWholeLifeEndsDeployed() {
    Job job = fold(WHOLE_LIFE);

    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_DEPLOYED);
    assertThat(job.getSpec().getDatasetVersion()).isEqualTo(3);
    assertThat(job.getCheckpointStep()).isEqualTo(5);
    assertThat(job.getAdapter().getAdapterId()).isEqualTo("a");
    assertThat(JobFold.isFinal(job.getState())).isTrue();
  }

  @Test
  void everyEventToldTwiceMakesTheSameJob() {
    List<JobEvent> doubled =
        WHOLE_LIFE.stream()
            .flatMap(
                event ->
                    event.hasStarted() ? List.of(event).stream() : List.of(event, event).stream())
            .toList();

    assertThat(fold(doubled)).isEqualTo(fold(WHOLE_LIFE));
  }

  @Test
  void aSkippedStageChangesNothing() {
    assertThat(fold(List.of(REQUESTED, SHARDED)).getState())
        .isEqualTo(JobState.JOB_STATE_REQUESTED);
    assertThat(fold(List.of(REQUESTED, ACCEPTED, SHARDED, TRAINED)).getState())
        .isEqualTo(JobState.JOB_STATE_SHARDED);
    assertThat(fold(List.of(REQUESTED, DEPLOYED)).getState())
        .isEqualTo(JobState.JOB_STATE_REQUESTED);
  }

  @Test
  void nothingBeforeTheRequestMakesAJob() {
    assertThat(apply(null, ACCEPTED)).isNull();
    assertThat(apply(null, CANCELLED)).isNull();
  }

  @Test
  void anOlderCheckpointDoesNotReplaceANewer() {
    Job job =
        fold(
            List.of(
                REQUESTED,
                ACCEPTED,
                SHARDED,
                STARTED,
                checkpointed(20),
                STARTED,
                checkpointed(10)));

    assertThat(job.getCheckpointStep()).isEqualTo(20);
    assertThat(job.getCheckpoint().getSha256()).isEqualTo("sha-20");
    assertThat(job.getAttempts()).isEqualTo(2);
  }

  @Test
  void aFinalJobStaysAsItIs() {
    for (JobEvent end : List.of(FAILED, CANCELLED)) {
      Job ended = fold(List.of(REQUESTED, ACCEPTED, end));
      assertThat(JobFold.isFinal(ended.getState())).isTrue();
      for (JobEvent late : List.of(SHARDED, TRAINED, DEPLOYED, WITHHELD, FAILED, CANCELLED)) {
        assertThat(apply(ended, late)).isEqualTo(ended);
      }
    }
  }

  @Test
  void aWithheldJobSaysWhy() {
    Job job = fold(List.of(REQUESTED, ACCEPTED, SHARDED, STARTED, TRAINED, EVALUATED, WITHHELD));

    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_WITHHELD);
    assertThat(job.getWithheldBecause()).isEqualTo("worse");
  }

  private static JobEvent.Builder job() {
    return JobEvent.newBuilder().setJobId("j");
  }

  private static JobSpec.Builder spec(int version) {
    return JobSpec.newBuilder().setDatasetId("d").setDatasetVersion(version);
  }

  private static JobEvent checkpointed(int step) {
    return job()
        .setCheckpointed(
            JobCheckpointed.newBuilder()
                .setStep(step)
                .setCheckpoint(ArtifactRef.newBuilder().setSha256("sha-" + step)))
        .build();
  }

  private static Job fold(List<JobEvent> events) {
    Job job = null;
    for (JobEvent event : events) {
      job = apply(job, event);
    }
    return Objects.requireNonNull(job);
  }

  private static @Nullable Job apply(@Nullable Job job, JobEvent body) {
    return new JobFold()
        .apply(
            job,
            new Event<>(
                "id", "type", "test", Instant.EPOCH, "", "", body, new Event.Position(0, 0)));
  }
}
