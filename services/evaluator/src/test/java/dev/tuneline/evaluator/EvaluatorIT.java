package dev.tuneline.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.rpc.GrpcProblems;
import dev.tuneline.platform.rpc.ProblemInterceptor;
import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.EvaluationServiceGrpc;
import dev.tuneline.proto.v1.GetEvaluationRequest;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.Split;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private static final List<Example> EXAMPLES =
      List.of(
          example("what is a lease", "a contract for a home"),
          example("who pays rent", "the tenant pays it"),
          example("can I sue", "yes you can sue"),
          example("what is a will", "a last wish on paper"),
          example("who is liable", "the owner is liable"),
          example("is it legal", "no it is not"));

  @TempDir private static Path folder;
  private static EvaluationSite site;
  private static Evaluator evaluator;
  private static Adapter better;

  @BeforeAll
  static void start() {
    site = new EvaluationSite(folder.resolve("artifacts"));
    better = TinyAdapters.learned(EXAMPLES, site.store, folder);
    evaluator = site.evaluator();
  }

  @AfterAll
  static void stop() {
    evaluator.close();
    site.close();
  }

  @Test
  void deploysWhatIsBetterThanTheBaseModel() {
    String dataset = site.dataset(Split.SPLIT_TEST, EXAMPLES);
    String id = site.trained(dataset, better, "legal");

    Job job = awaitState(id, JobState.JOB_STATE_DEPLOYED);

    Evaluation evaluation = job.getEvaluation();
    assertThat(evaluation.getGatePassed()).isTrue();
    assertThat(evaluation.getGateReason()).startsWith("passed").contains("6 held-out examples");
    assertThat(evaluation.getCandidate().getLoss()).isLessThan(evaluation.getBase().getLoss());
    assertThat(evaluation.getCandidate().getRougeL())
        .isGreaterThan(evaluation.getBase().getRougeL());
    assertThat(evaluation.getBase().getResponseTokens())
        .isEqualTo(evaluation.getCandidate().getResponseTokens())
        .isPositive();
    assertThat(evaluation.getSamplesCount()).isEqualTo(5);
    assertThat(evaluation.getSamples(0).getReference()).isEqualTo("a contract for a home");
    assertThat(evaluation.getSamples(0).getCandidate()).isEqualTo("a contract for a home");
    assertThat(evaluation.getSamples(0).getBase()).isNotEqualTo("a contract for a home");
    site.deployments.awaitCurrent(PATIENCE);
    assertThat(site.deployments.get("legal"))
        .hasValueSatisfying(
            deployment -> {
              assertThat(deployment.getBaseModel()).isEqualTo(EvaluationSite.BASE_MODEL);
              assertThat(deployment.getTargetsList())
                  .singleElement()
                  .satisfies(
                      target -> {
                        assertThat(target.getAdapter()).isEqualTo(better);
                        assertThat(target.getWeightPercent()).isEqualTo(100);
                        assertThat(target.getJobId()).isEqualTo(id);
                      });
            });
  }

  @Test
  void withholdsWhatIsWorse() {
    List<Example> nonsense =
        EXAMPLES.stream().map(e -> example(e.prompt().getLast().content(), "zzzzzzzz")).toList();
    Adapter worse = TinyAdapters.learned(nonsense, site.store, folder);
    String dataset = site.dataset(Split.SPLIT_TEST, EXAMPLES);

    Job job = awaitState(site.trained(dataset, worse, "worse"), JobState.JOB_STATE_WITHHELD);

    assertThat(job.getEvaluation().getGatePassed()).isFalse();
    assertThat(job.getWithheldBecause()).startsWith("refused: loss").contains("not below");
    site.deployments.awaitCurrent(PATIENCE);
    assertThat(site.deployments.get("worse")).isEmpty();
  }

  @Test
  void withholdsWhatNobodyWantsDeployed() {
    String dataset = site.dataset(Split.SPLIT_VALIDATION, EXAMPLES);

    Job job = awaitState(site.trained(dataset, better, ""), JobState.JOB_STATE_WITHHELD);

    assertThat(job.getEvaluation().getGatePassed()).isTrue();
    assertThat(job.getEvaluation().getGateReason()).contains("of the validation split");
    assertThat(job.getWithheldBecause()).isEqualTo("the job asks for no deployment");
  }

  @Test
  void withholdsWithoutScoresWhenNothingIsHeldOut() {
    String dataset = site.dataset(Split.SPLIT_TRAIN, EXAMPLES);

    Job job = awaitState(site.trained(dataset, better, "none"), JobState.JOB_STATE_WITHHELD);

    assertThat(job.getEvaluation().hasBase()).isFalse();
    assertThat(job.getEvaluation().hasCandidate()).isFalse();
    assertThat(job.getWithheldBecause()).contains("holds no test or validation example");
  }

  @Test
  void leavesOutAndCountsWhatDoesNotFitTheContext() {
    List<Example> examples = new ArrayList<>(EXAMPLES);
    examples.add(2, example("long ".repeat(200), "too long"));
    String dataset = site.dataset(Split.SPLIT_TEST, examples);

    Job job = awaitState(site.trained(dataset, better, "legal"), JobState.JOB_STATE_DEPLOYED);

    assertThat(job.getEvaluation().getCandidate().getExamples()).isEqualTo(6);
    assertThat(job.getEvaluation().getGateReason())
        .endsWith("; 1 longer than the base model's context were left out");
  }

  @Test
  void failsAJobWhoseDatasetIsNotThere() {
    Job job = awaitState(site.trained("nowhere", better, ""), JobState.JOB_STATE_FAILED);

    assertThat(job.getProblem().getReason()).isEqualTo("DATASET_NOT_FOUND");
    assertThat(job.getProblem().getDetailsMap()).containsEntry("field", "spec.dataset_id");
  }

  @Test
  void failsAJobWhoseAdapterIsNotWhatItsIdSays() {
    Adapter forged = better.toBuilder().setAdapterId("0".repeat(64)).build();
    String dataset = site.dataset(Split.SPLIT_TEST, EXAMPLES);

    Job job = awaitState(site.trained(dataset, forged, "x"), JobState.JOB_STATE_FAILED);

    assertThat(job.getProblem().getReason()).isEqualTo("ADAPTER_ID_MISMATCH");
  }

  @Test
  void tellsTheEvaluationOverGrpc() throws IOException {
    String dataset = site.dataset(Split.SPLIT_TEST, EXAMPLES.subList(0, 2));
    String id = site.trained(dataset, better, "");
    Job job = awaitState(id, JobState.JOB_STATE_WITHHELD);
    Server server =
        InProcessServerBuilder.forName(id)
            .addService(evaluator.endpoint())
            .intercept(new ProblemInterceptor())
            .build()
            .start();
    ManagedChannel channel = InProcessChannelBuilder.forName(id).build();
    var service = EvaluationServiceGrpc.newBlockingStub(channel);

    assertThat(
            service
                .getEvaluation(GetEvaluationRequest.newBuilder().setJobId(id).build())
                .getEvaluation())
        .isEqualTo(job.getEvaluation());
    Problem unknown =
        GrpcProblems.fromFailure(
            catchThrowableOfType(
                StatusRuntimeException.class,
                () ->
                    service.getEvaluation(
                        GetEvaluationRequest.newBuilder().setJobId("nothing").build())));
    assertThat(unknown.reason()).isEqualTo("JOB_NOT_FOUND");
    channel.shutdownNow();
    server.shutdownNow();
  }

  private static Example example(String prompt, String answer) {
    return Example.of(prompt, answer, new Example.Source("test.csv", 2));
  }

  private static Job awaitState(String id, JobState state) {
    await().atMost(PATIENCE).until(() -> site.job(id).getState() == state);
    return site.job(id);
  }
}
