package dev.tuneline.platform.events;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobAccepted;
import dev.tuneline.proto.v1.JobCancelled;
import dev.tuneline.proto.v1.JobCheckpoint;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobClaimed;
import dev.tuneline.proto.v1.JobDeployed;
import dev.tuneline.proto.v1.JobEvaluated;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobPaused;
import dev.tuneline.proto.v1.JobReleased;
import dev.tuneline.proto.v1.JobRequested;
import dev.tuneline.proto.v1.JobResumed;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobSweepDecided;
import dev.tuneline.proto.v1.JobSweepPlanned;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.JobTrial;
import dev.tuneline.proto.v1.JobTrialEnded;
import dev.tuneline.proto.v1.JobWithheld;
import dev.tuneline.proto.v1.SweepSpec;
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
  private static final JobEvent RELEASED =
      job().setReleased(JobReleased.getDefaultInstance()).build();
  private static final JobEvent PAUSED = job().setPaused(JobPaused.newBuilder()).build();
  private static final JobEvent RESUMED = job().setResumed(JobResumed.newBuilder()).build();

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
  void checkpointsAreKeptUntilTheyAreReleased() {
    JobCheckpointed.Builder best = checkpointed(10).getCheckpointed().toBuilder();
    JobCheckpointed.Builder newest = checkpointed(15).getCheckpointed().toBuilder();
    Job job =
        fold(
            List.of(
                REQUESTED,
                ACCEPTED,
                SHARDED,
                STARTED,
                checkpointed(5),
                job().setCheckpointed(best.setValidationLoss(2).setBest(true)).build(),
                job().setCheckpointed(newest.addReleasedSteps(5)).build()));

    assertThat(job.getCheckpointsList())
        .extracting(JobCheckpoint::getStep)
        .containsExactly(10L, 15L);
    assertThat(job.getCheckpoints(0).getValidationLoss()).isEqualTo(2);
    assertThat(job.getCheckpoints(1).hasValidationLoss()).isFalse();
    assertThat(job.getBestCheckpointStep()).isEqualTo(10);
    assertThat(job.getProgress().getStep()).isEqualTo(15);
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

  @Test
  void theFirstOfTwoClaimsGetsTheJob() {
    Job job = fold(List.of(REQUESTED, ACCEPTED, SHARDED, claimed(1, "a"), claimed(1, "b")));

    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_SHARDED);
    assertThat(job.getClaim().getHolder()).isEqualTo("a");
    assertThat(job.getClaim().getNumber()).isEqualTo(1);
  }

  @Test
  void onlyWordsUnderTheNewestClaimCount() {
    List<JobEvent> begun =
        List.of(REQUESTED, ACCEPTED, SHARDED, claimed(1, "a"), under(1, STARTED), claimed(2, "b"));
    Job job = fold(begun);

    for (JobEvent word : List.of(STARTED, checkpointed(5), TRAINED, RELEASED, FAILED)) {
      assertThat(apply(job, under(1, word))).isEqualTo(job);
      assertThat(apply(job, under(2, word))).isNotEqualTo(job);
    }
    assertThat(apply(job, TRAINED)).isEqualTo(job);
    assertThat(apply(job, claimed(1, "c"))).isEqualTo(job);
  }

  @Test
  void whoHasLetGoSaysNothingMore() {
    Job released =
        fold(
            List.of(
                REQUESTED,
                ACCEPTED,
                SHARDED,
                claimed(1, "a"),
                under(1, STARTED),
                under(1, RELEASED)));

    assertThat(released.getClaim().getHolder()).isEmpty();
    assertThat(apply(released, under(1, checkpointed(5)))).isEqualTo(released);
    assertThat(apply(released, under(1, FAILED))).isEqualTo(released);
    assertThat(Objects.requireNonNull(apply(released, claimed(2, "b"))).getClaim().getHolder())
        .isEqualTo("b");
  }

  @Test
  void claimsCountAsFruitlessUntilACheckpointOrAnOrderlyRelease() {
    List<JobEvent> lost =
        List.of(
            REQUESTED,
            ACCEPTED,
            SHARDED,
            claimed(1, "a"),
            under(1, STARTED),
            claimed(2, "b"),
            under(2, STARTED));
    Job job = fold(lost);
    JobEvent broken = job().setReleased(JobReleased.newBuilder().setBecause("disk full")).build();

    assertThat(job.getClaim().getFruitless()).isEqualTo(2);
    assertThat(fruitlessAfter(job, under(2, broken))).isEqualTo(2);
    assertThat(fruitlessAfter(job, under(2, RELEASED))).isZero();
    assertThat(fruitlessAfter(job, under(2, checkpointed(5)))).isZero();
  }

  @Test
  void aPausedJobGoesOnWithWhatItWasPausedIn() {
    List<JobEvent> life = List.of(REQUESTED, ACCEPTED, SHARDED, STARTED);
    for (int events = 1; events <= life.size(); events++) {
      Job job = fold(life.subList(0, events));
      Job paused = Objects.requireNonNull(apply(job, PAUSED));

      assertThat(paused.getState()).isEqualTo(JobState.JOB_STATE_PAUSED);
      assertThat(paused.getPausedIn()).isEqualTo(job.getState());
      for (JobEvent late : List.of(ACCEPTED, SHARDED, claimed(1, "a"), STARTED, TRAINED, PAUSED)) {
        assertThat(apply(paused, late)).isEqualTo(paused);
      }
      assertThat(apply(paused, RESUMED)).isEqualTo(job);
      assertThat(Objects.requireNonNull(apply(paused, CANCELLED)).getState())
          .isEqualTo(JobState.JOB_STATE_CANCELLED);
    }
    Job trained = fold(List.of(REQUESTED, ACCEPTED, SHARDED, STARTED, TRAINED));
    assertThat(apply(trained, PAUSED)).isEqualTo(trained);
  }

  @Test
  void aPausedJobsTrainerStillStoresWhatIsDoneAndLetsGo() {
    Job job =
        fold(
            List.of(
                REQUESTED,
                ACCEPTED,
                SHARDED,
                claimed(1, "a"),
                under(1, STARTED),
                PAUSED,
                under(1, checkpointed(7)),
                under(1, RELEASED),
                RESUMED));

    assertThat(job.getState()).isEqualTo(JobState.JOB_STATE_TRAINING);
    assertThat(job.getCheckpointStep()).isEqualTo(7);
    assertThat(job.getClaim().getHolder()).isEmpty();
  }

  @Test
  void aSweepsJobWaitsForItsTrialsAndTakesTheBest() {
    JobSpec swept = spec(3).setSweep(SweepSpec.getDefaultInstance()).build();
    JobEvent planned =
        job()
            .setSweepPlanned(
                JobSweepPlanned.newBuilder()
                    .addTrials(JobTrial.newBuilder().setJobId("j-t01"))
                    .addTrials(JobTrial.newBuilder().setJobId("j-t02")))
            .build();
    Job sweeping =
        fold(
            List.of(
                REQUESTED,
                job().setAccepted(JobAccepted.newBuilder().setSpec(swept)).build(),
                planned,
                trialEnded("j-t02", 0.5)));

    assertThat(sweeping.getState()).isEqualTo(JobState.JOB_STATE_SWEEPING);
    assertThat(sweeping.getTrialsCount()).isEqualTo(2);
    assertThat(sweeping.getTrials(1).getMetric()).isEqualTo(0.5);
    for (JobEvent late :
        List.of(
            planned,
            trialEnded("j-t02", 0.1),
            trialEnded("j-t03", 0.1),
            SHARDED,
            claimed(1, "a"))) {
      assertThat(apply(sweeping, late)).isEqualTo(sweeping);
    }
    JobEvent decided =
        job()
            .setSweepDecided(
                JobSweepDecided.newBuilder()
                    .setBestTrial("j-t02")
                    .setSpec(swept.toBuilder().setPriority(4))
                    .setAdapter(Adapter.newBuilder().setAdapterId("a")))
            .build();
    Job trained = Objects.requireNonNull(apply(sweeping, decided));
    assertThat(trained.getState()).isEqualTo(JobState.JOB_STATE_TRAINED);
    assertThat(trained.getBestTrial()).isEqualTo("j-t02");
    assertThat(trained.getAdapter().getAdapterId()).isEqualTo("a");
    assertThat(trained.getSpec().getPriority()).isEqualTo(4);
    assertThat(apply(trained, decided)).isEqualTo(trained);
  }

  @Test
  void aTrialEndsWithItsTraining() {
    JobEvent requested =
        job().setRequested(JobRequested.newBuilder().setSpec(spec(0)).setTrialOf("p")).build();
    Job trial = fold(List.of(requested, ACCEPTED, SHARDED, STARTED, TRAINED));

    assertThat(trial.getState()).isEqualTo(JobState.JOB_STATE_TRIED);
    assertThat(JobFold.isFinal(trial.getState())).isTrue();
    assertThat(apply(trial, EVALUATED)).isEqualTo(trial);
  }

  private static JobEvent trialEnded(String id, double metric) {
    JobTrial trial =
        JobTrial.newBuilder()
            .setJobId(id)
            .setState(JobState.JOB_STATE_TRIED)
            .setMetric(metric)
            .build();
    return job().setTrialEnded(JobTrialEnded.newBuilder().setTrial(trial)).build();
  }

  private static int fruitlessAfter(Job job, JobEvent event) {
    return Objects.requireNonNull(apply(job, event)).getClaim().getFruitless();
  }

  private static JobEvent claimed(long number, String holder) {
    return under(number, job().setClaimed(JobClaimed.newBuilder().setHolder(holder)).build());
  }

  private static JobEvent under(long claim, JobEvent event) {
    return event.toBuilder().setClaim(claim).build();
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
