package dev.tuneline.ingest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Value;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.KafkaClients;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.GrpcChannels;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.service.RunningService;
import dev.tuneline.platform.service.Service;
import dev.tuneline.platform.testing.TestServers;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.CancelJobRequest;
import dev.tuneline.proto.v1.CreateDatasetRequest;
import dev.tuneline.proto.v1.CreateJobRequest;
import dev.tuneline.proto.v1.CutDatasetRequest;
import dev.tuneline.proto.v1.DatasetServiceGrpc;
import dev.tuneline.proto.v1.GetJobRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobCheckpointed;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobServiceGrpc;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.JobStarted;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.JobTrained;
import dev.tuneline.proto.v1.JobTrial;
import dev.tuneline.proto.v1.PauseJobRequest;
import dev.tuneline.proto.v1.Problem;
import dev.tuneline.proto.v1.ResumeJobRequest;
import dev.tuneline.proto.v1.SweepParameter;
import dev.tuneline.proto.v1.TrainingProgress;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of jobs between their request and their end; the test speaks for the trainers. */
class JobLifeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir static Path folder;

  private static RunningService service;
  private static ManagedChannel channel;
  private static KafkaClients clients;
  private static EventPublisher publisher;
  private static JobServiceGrpc.JobServiceBlockingStub jobs;
  private static String datasetId;

  @BeforeAll
  static void start() throws Exception {
    String namespace = TestServers.unique("job-life") + ".";
    Path models = Files.createDirectories(folder.resolve("models/tiny"));
    try (InputStream config = JobLifeIT.class.getResourceAsStream("/models/tiny/config.json")) {
      Files.copy(Objects.requireNonNull(config), models.resolve("config.json"));
    }
    service =
        Service.named("ingest")
            .with("tuneline.http.port", -1)
            .with("tuneline.grpc.port", 0)
            .with("tuneline.data", folder.toString())
            .with("tuneline.models.root", folder.resolve("models").toString())
            .with("tuneline.kafka.bootstrap-servers", TestServers.kafka().bootstrapServers())
            .with("tuneline.kafka.namespace", namespace)
            .with("tuneline.ingest.redis-uri", TestServers.redis().uri())
            .start();
    channel = GrpcChannels.open(service.grpcTarget());
    jobs = JobServiceGrpc.newBlockingStub(channel);
    clients = new KafkaClients(TestServers.kafka().bootstrapServers(), "test", namespace);
    publisher = new EventPublisher(clients, Clock.systemUTC(), () -> UUID.randomUUID().toString());
    var datasets = DatasetServiceGrpc.newBlockingStub(channel);
    datasetId =
        datasets
            .createDataset(CreateDatasetRequest.newBuilder().setName("life").build())
            .getDataset()
            .getDatasetId();
    datasets.cutDataset(CutDatasetRequest.newBuilder().setDatasetId(datasetId).build());
  }

  @AfterAll
  static void stop() {
    publisher.close();
    clients.close();
    channel.shutdownNow();
    service.close();
  }

  @Test
  void jobsArePausedAndResumedByGrpcAndHttp() throws Exception {
    String id = create(spec());
    awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);

    var pause = PauseJobRequest.newBuilder().setJobId(id).build();
    assertThat(jobs.pauseJob(pause).getJob().getState()).isEqualTo(JobState.JOB_STATE_PAUSED);
    assertThat(jobs.pauseJob(pause).getJob().getPausedIn()).isEqualTo(JobState.JOB_STATE_ACCEPTED);
    var resume = ResumeJobRequest.newBuilder().setJobId(id).build();
    assertThat(jobs.resumeJob(resume).getJob().getState()).isEqualTo(JobState.JOB_STATE_ACCEPTED);
    assertThat(jobs.resumeJob(resume).getJob().getState()).isEqualTo(JobState.JOB_STATE_ACCEPTED);
    String path = "/v1/fine_tuning/jobs/" + id;
    assertThat(post(path + "/pause", 200).path("status").asText()).isEqualTo("paused");
    assertThat(post(path + "/resume", 200).path("status").asText()).isEqualTo("queued");
    assertThat(post(path + "/cancel", 200).path("status").asText()).isEqualTo("cancelled");

    assertThat(reason(() -> jobs.pauseJob(pause))).isEqualTo("JOB_NOT_PAUSABLE");
    assertThat(reason(() -> jobs.resumeJob(resume))).isEqualTo("JOB_FINISHED");
    assertThat(post(path + "/pause", 400).path("error").path("param").asText()).isEqualTo("job_id");
  }

  @Test
  void openAiClientsReadEventsAndCheckpoints() throws Exception {
    String id = create(spec());
    awaitJob(id, job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    train(id);
    for (int step = 1; step <= 3; step++) {
      say(
          id,
          JobEvent.newBuilder().setCheckpointed(JobCheckpointed.newBuilder().setStep(10L * step)));
    }
    String path = "/v1/fine_tuning/jobs/" + id;

    JsonNode first = get(path + "/checkpoints?limit=2", 200);
    assertThat(first.path("has_more").asBoolean()).isTrue();
    assertThat(first.path("data").path(0).path("object").asText())
        .isEqualTo("fine_tuning.job.checkpoint");
    assertThat(first.path("data").path(0).path("step_number").asLong()).isEqualTo(30);
    assertThat(first.path("data").path(0).path("fine_tuning_job_id").asText()).isEqualTo(id);
    String last = first.path("data").path(1).path("id").asText();
    JsonNode rest = get(path + "/checkpoints?after=" + last, 200);
    assertThat(rest.path("data")).hasSize(1);
    assertThat(rest.path("data").path(0).path("step_number").asLong()).isEqualTo(10);
    assertThat(rest.path("has_more").asBoolean()).isFalse();

    JsonNode events = get(path + "/events", 200).path("data");
    assertThat(events).hasSize(7);
    assertThat(events.path(0).path("object").asText()).isEqualTo("fine_tuning.job.event");
    assertThat(events.path(0).path("message").asText()).contains("step 30");
    assertThat(events.path(6).path("message").asText()).contains(id);
    assertThat(get(path + "/events?after=nothing", 400).path("error").path("param").asText())
        .isEqualTo("after");
    assertThat(get("/v1/fine_tuning/jobs/none/events", 404).path("error").path("code").asText())
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
    assertThat(job(id + "-t03").getSpec().getLora().getAlpha()).isEqualTo(32);
    assertThat(job(id + "-t03").getTrialOf()).isEqualTo(id);
    assertThat(job(id + "-t03").getSpec().hasDeployment()).isFalse();

    train(id + "-t01");
    trained(id + "-t01", 0.9);
    say(
        id + "-t02",
        JobEvent.newBuilder()
            .setFailed(
                JobFailed.newBuilder().setProblem(Problem.newBuilder().setReason("BROKEN"))));
    train(id + "-t03");
    trained(id + "-t03", 0.4);

    Job parent = awaitJob(id, job -> job.getState() == JobState.JOB_STATE_TRAINED);
    assertThat(parent.getBestTrial()).isEqualTo(id + "-t03");
    assertThat(parent.getAdapter().getAdapterId()).isEqualTo("adapter-of-" + id + "-t03");
    assertThat(parent.getSpec().getLora().getR()).isEqualTo(16);
    assertThat(parent.getSpec().getDeployment().getName()).isEqualTo("best");
    assertThat(parent.getTrials(0).getMetric()).isEqualTo(0.9);
    assertThat(parent.getTrials(1).getProblem().getReason()).isEqualTo("BROKEN");
    assertThat(job(id + "-t01").getState()).isEqualTo(JobState.JOB_STATE_TRIED);
  }

  @Test
  void trialsFollowTheirJob() {
    String id = create(sweep(4, 8));
    awaitTrials(id, 2);
    var pauseTrial = PauseJobRequest.newBuilder().setJobId(id + "-t01").build();
    assertThat(reason(() -> jobs.pauseJob(pauseTrial))).isEqualTo("JOB_IS_A_TRIAL");

    jobs.pauseJob(PauseJobRequest.newBuilder().setJobId(id).build());
    awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_PAUSED);
    jobs.resumeJob(ResumeJobRequest.newBuilder().setJobId(id).build());
    awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_ACCEPTED);
    jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id).build());

    awaitJob(id + "-t01", job -> job.getState() == JobState.JOB_STATE_CANCELLED);
    awaitJob(id + "-t02", job -> job.getState() == JobState.JOB_STATE_CANCELLED);
  }

  @Test
  void aSweepWithoutATrainedTrialNamesWhatEachEndedWith() {
    String id = create(sweep(4, 8));
    awaitTrials(id, 2);

    jobs.cancelJob(CancelJobRequest.newBuilder().setJobId(id + "-t01").build());
    say(
        id + "-t02",
        JobEvent.newBuilder()
            .setFailed(
                JobFailed.newBuilder().setProblem(Problem.newBuilder().setReason("BROKEN"))));

    Job failed = awaitJob(id, job -> job.getState() == JobState.JOB_STATE_FAILED);
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
    return jobs.createJob(CreateJobRequest.newBuilder().setSpec(spec).build()).getJob().getJobId();
  }

  /** The trials of a job once each of them is accepted. */
  private static List<JobTrial> awaitTrials(String id, int count) {
    Job parent = awaitJob(id, job -> job.getTrialsCount() == count);
    parent
        .getTrialsList()
        .forEach(
            trial ->
                await()
                    .ignoreException(StatusRuntimeException.class)
                    .atMost(PATIENCE)
                    .until(() -> job(trial.getJobId()).getState() == JobState.JOB_STATE_ACCEPTED));
    return parent.getTrialsList();
  }

  private static void train(String id) {
    say(id, JobEvent.newBuilder().setSharded(JobSharded.getDefaultInstance()));
    say(id, JobEvent.newBuilder().setStarted(JobStarted.newBuilder().setTotalSteps(40)));
  }

  private static void trained(String id, double validationLoss) {
    say(
        id,
        JobEvent.newBuilder()
            .setTrained(
                JobTrained.newBuilder()
                    .setAdapter(Adapter.newBuilder().setAdapterId("adapter-of-" + id))
                    .setProgress(TrainingProgress.newBuilder().setValidationLoss(validationLoss))));
  }

  private static void say(String id, JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.setJobId(id).build());
  }

  private static Job awaitJob(String id, Predicate<Job> condition) {
    return await().atMost(PATIENCE).until(() -> job(id), condition);
  }

  private static Job job(String id) {
    return jobs.getJob(GetJobRequest.newBuilder().setJobId(id).build()).getJob();
  }

  private static String reason(ThrowingCallable call) {
    StatusRuntimeException refused = catchThrowableOfType(StatusRuntimeException.class, call);
    return GrpcProblems.fromFailure(refused).reason();
  }

  private static JsonNode get(String path, int status) throws Exception {
    return json(HttpRequest.newBuilder(service.httpUri().resolve(path)).build(), status);
  }

  private static JsonNode post(String path, int status) throws Exception {
    return json(
        HttpRequest.newBuilder(service.httpUri().resolve(path))
            .POST(HttpRequest.BodyPublishers.noBody())
            .build(),
        status);
  }

  private static JsonNode json(HttpRequest request, int status) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
      return new ObjectMapper().readTree(response.body());
    }
  }
}
