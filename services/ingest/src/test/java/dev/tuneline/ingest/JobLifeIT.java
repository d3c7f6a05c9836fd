package dev.tuneline.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Value;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.CancelJobRequest;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.CutDatasetRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.JobTrial;
import dev.tuneline.proto.v1.PauseJobRequest;
import dev.tuneline.proto.v1.Problem;
import dev.tuneline.proto.v1.ResumeJobRequest;
import dev.tuneline.proto.v1.SweepMetric;
import dev.tuneline.proto.v1.SweepParameter;
import dev.tuneline.proto.v1.TrainingProgress;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of jobs between their request and their end; the test speaks for the trainers. */
class JobLifeIT {
  @TempDir static Path folder;

  private static IngestSite site;
  private static String datasetId;

  @BeforeAll
  static void start() throws Exception {
    site = new IngestSite(folder);
    datasetId =
        site.datasets
            .createDataset(CreateDatasetRequest.newBuilder().setName("life").build())
            .getDataset()
            .getDatasetId();
    site.datasets.cutDataset(CutDatasetRequest.newBuilder().setDatasetId(datasetId).build());
  }

  @AfterAll
  static void stop() {
    site.close();
  }

  @Test
  void jobsArePausedAndResumedByGrpcAndHttp() throws Exception {
    String id = create(spec());
    site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);

    var pause = PauseJobRequest.newBuilder().setJobId(id).build();
    assertThat(site.jobs.pauseJob(pause).getJob().getState()).isEqualTo(JobState.JOB_STATE_PAUSED);
    assertThat(site.jobs.pauseJob(pause).getJob().getPausedIn())
        .isEqualTo(JobState.JOB_STATE_ACCEPTED);
    var resume = ResumeJobRequest.newBuilder().setJobId(id).build();
    assertThat(site.jobs.resumeJob(resume).getJob().getState())
        .isEqualTo(JobState.JOB_STATE_ACCEPTED);
    assertThat(site.jobs.resumeJob(resume).getJob().getState())
        .isEqualTo(JobState.JOB_STATE_ACCEPTED);
    String path = "/v1/fine_tuning/jobs/" + id;
    assertThat(site.post(path + "/pause", "", 200).path("status").asText()).isEqualTo("paused");
    assertThat(site.post(path + "/resume", "", 200).path("status").asText()).isEqualTo("queued");
    assertThat(site.post(path + "/cancel", "", 200).path("status").asText()).isEqualTo("cancelled");

    assertThat(reason(() -> site.jobs.pauseJob(pause))).isEqualTo("JOB_NOT_PAUSABLE");
    assertThat(reason(() -> site.jobs.resumeJob(resume))).isEqualTo("JOB_FINISHED");
    assertThat(site.post(path + "/pause", "", 400).path("error").path("param").asText())
        .isEqualTo("job_id");
  }

  @Test
  void openAiClientsReadEventsAndCheckpoints() throws Exception {
    String id = create(spec());
    site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    train(id);
    for (int step = 1; step <= 3; step++) {
      say(
          id,
          JobEvent.newBuilder().setCheckpointed(JobCheckpointed.newBuilder().setStep(10L * step)));
    }
    String path = "/v1/fine_tuning/jobs/" + id;

    JsonNode first = site.get(path + "/checkpoints?limit=2", 200);
    assertThat(first.path("has_more").asBoolean()).isTrue();
    assertThat(first.path("data").path(0).path("object").asText())
        .isEqualTo("fine_tuning.job.checkpoint");
    assertThat(first.path("data").path(0).path("step_number").asLong()).isEqualTo(30);
    assertThat(first.path("data").path(0).path("fine_tuning_job_id").asText()).isEqualTo(id);
    String last = first.path("data").path(1).path("id").asText();
    JsonNode rest = site.get(path + "/checkpoints?after=" + last, 200);
    assertThat(rest.path("data")).hasSize(1);
    assertThat(rest.path("data").path(0).path("step_number").asLong()).isEqualTo(10);
    assertThat(rest.path("has_more").asBoolean()).isFalse();

    JsonNode events = site.get(path + "/events", 200).path("data");
    assertThat(events).hasSize(7);
    assertThat(events.path(0).path("object").asText()).isEqualTo("fine_tuning.job.event");
    assertThat(events.path(0).path("message").asText()).contains("step 30");
    assertThat(events.path(6).path("message").asText()).contains(id);
    assertThat(site.get(path + "/events?after=nothing", 400).path("error").path("param").asText())
        .isEqualTo("after");
    assertThat(
            site.get("/v1/fine_tuning/jobs/none/events", 404).path("error").path("code").asText())
        .isEqualTo("job_not_found");
  }

  @Test
  void theBestTrialsAdapterIsTheSweepsWhateverBecomesOfTheOthers() {
    JobSpec.Builder spec = sweep(4, 8, 16);
    spec.getDeploymentBuilder().setName("best");
    String id = create(spec);
    List<JobTrial> trials = awaitTrials(id, 3);
    assertThat(trials)
        .extracting(JobTrial::getJobId)
        .containsExactly(id + "-t01", id + "-t02", id + "-t03");
    // Its default follows from the trial's own rank.
    assertThat(site.job(id + "-t03").getSpec().getLora().getAlpha()).isEqualTo(32);
    assertThat(site.job(id + "-t03").getTrialOf()).isEqualTo(id);
    assertThat(site.job(id + "-t03").getSpec().hasDeployment()).isFalse();

    train(id + "-t01");
    trained(id + "-t01", 0.9);
    say(
        id + "-t02",
        JobEvent.newBuilder()
            .setFailed(
                JobFailed.newBuilder().setProblem(Problem.newBuilder().setReason("BROKEN"))));
    train(id + "-t03");
    trained(id + "-t03", 0.4);

    Job parent = site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_TRAINED);
    assertThat(parent.getBestTrial()).isEqualTo(id + "-t03");
    assertThat(parent.getAdapter().getAdapterId()).isEqualTo("adapter-of-" + id + "-t03");
    assertThat(parent.getSpec().getLora().getR()).isEqualTo(16);
    assertThat(parent.getSpec().getDeployment().getName()).isEqualTo("best");
    assertThat(parent.getTrials(0).getMetric()).isEqualTo(0.9);
    assertThat(parent.getTrials(1).getProblem().getReason()).isEqualTo("BROKEN");
    assertThat(site.job(id + "-t01").getState()).isEqualTo(JobState.JOB_STATE_TRIED);
  }

  @Test
  void theHighestAccuracyWinsWhereTheSweepNamesIt() {
    JobSpec.Builder spec = sweep(4, 8);
    spec.getSweepBuilder().setMetric(SweepMetric.SWEEP_METRIC_VALIDATION_ACCURACY);
    String id = create(spec);
    awaitTrials(id, 2);
    train(id + "-t01");
    train(id + "-t02");
    trained(
        id + "-t01", TrainingProgress.newBuilder().setValidationLoss(1).setValidationAccuracy(0.3));
    trained(
        id + "-t02", TrainingProgress.newBuilder().setValidationLoss(2).setValidationAccuracy(0.4));

    Job parent = site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_TRAINED);
    assertThat(parent.getBestTrial()).isEqualTo(id + "-t02");
    assertThat(parent.getTrials(1).getMetric()).isEqualTo(0.4);
  }

  @Test
  void trialsFollowTheirJob() {
    String id = create(sweep(4, 8));
    awaitTrials(id, 2);
    var pauseTrial = PauseJobRequest.newBuilder().setJobId(id + "-t01").build();
    assertThat(reason(() -> site.jobs.pauseJob(pauseTrial))).isEqualTo("JOB_IS_A_TRIAL");

    site.jobs.pauseJob(PauseJobRequest.newBuilder().setJobId(id).build());
    site.awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_PAUSED);
    site.jobs.resumeJob(ResumeJobRequest.newBuilder().setJobId(id).build());
    site.awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    site.jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id).build());

    site.awaitJob(id + "-t01", job -> job.getState() == JobState.JOB_STATE_CANCELLED);
    site.awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_CANCELLED);
  }

  @Test
  void aSweepWithoutATrainedTrialNamesWhatEachEndedWith() {
    String id = create(sweep(4, 8));
    awaitTrials(id, 2);

    site.jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id + "-t01").build());
    say(
        id + "-t02",
        JobEvent.newBuilder()
            .setFailed(
                JobFailed.newBuilder().setProblem(Problem.newBuilder().setReason("BROKEN"))));

    Job failed = site.awaitJob(id, job -> job.getState() == JobState.JOB_STATE_FAILED);
    assertThat(failed.getProblem().getReason()).isEqualTo("ALL_TRIALS_FAILED");
    assertThat(failed.getProblem().getDetailsMap())
        .containsEntry(id + "-t01", "cancelled")
        .containsEntry(id + "-t02", "BROKEN");
  }

  @Test
  void aTrialThatCannotTrainIsRefusedWithItsFieldBeforeAnythingStarts() {
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> create(sweep(4, 4096)));

    var problem = GrpcProblems.fromFailure(refused);
    assertThat(problem.reason()).isEqualTo("OUT_OF_RANGE");
    assertThat(problem.details())
        .containsEntry("field", "spec.lora.r")
        .containsEntry("trial", "{lora.r=4096}");
  }

  private static JobSpec.Builder spec() {
    return JobSpec.newBuilder().setDatasetId(datasetId).setBaseModel("tiny");
  }

  private static JobSpec.Builder sweep(int... ranks) {
    SweepParameter.Builder parameter = SweepParameter.newBuilder().setField("lora.r");
    for (int rank : ranks) {
      parameter.addValues(Value.newBuilder().setNumberValue(rank));
    }
    JobSpec.Builder spec = spec();
    spec.getSweepBuilder().addParameters(parameter);
    return spec;
  }

  private static String create(JobSpec.Builder spec) {
    return site.create(spec.build(), "").getJobId();
  }

  /** The trials of a job once each of them is accepted. */
  private static List<JobTrial> awaitTrials(String id, int count) {
    Job parent = site.awaitJob(id, job -> job.getTrialsCount() == count);
    parent
        .getTrialsList()
        .forEach(
            trial ->
                await()
                    .ignoreException(StatusRuntimeException.class)
                    .atMost(IngestSite.PATIENCE)
                    .until(
                        () ->
                            site.job(trial.getJobId()).getState() == JobState.JOB_STATE_ACCEPTED));
    return parent.getTrialsList();
  }

  private static void train(String id) {
    say(id, JobEvent.newBuilder().setSharded(JobSharded.getDefaultInstance()));
    say(id, JobEvent.newBuilder().setStarted(JobStarted.newBuilder().setTotalSteps(40)));
  }

  private static void trained(String id, double validationLoss) {
    trained(id, TrainingProgress.newBuilder().setValidationLoss(validationLoss));
  }

  private static void trained(String id, TrainingProgress.Builder progress) {
    say(
        id,
        JobEvent.newBuilder()
            .setTrained(
                JobTrained.newBuilder()
                    .setAdapter(Adapter.newBuilder().setAdapterId("adapter-of-" + id))
                    .setProgress(progress)));
  }

  private static void say(String id, JobEvent.Builder event) {
    site.publisher.publish(Topics.JOBS, event.setJobId(id).build());
  }

  private static String reason(ThrowingCallable call) {
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call);
    return GrpcProblems.fromFailure(refused).reason();
  }
}
