package dev.tuneline.evaluator.evaluation;

import dev.tuneline.errors.Problem;
import dev.tuneline.evaluator.gateway.GatewayClient;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.TopicView;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.proto.v1.AnswerSample;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetEvent;
import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvaluated;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.ModelUnderTest;
import dev.tuneline.proto.v1.Split;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates trained jobs: base and candidate answer the same held-out examples, and the gate
 * compares what they said. A job without held-out examples is evaluated as refused, with no scores.
 */
public final class EvaluateStep implements Step<Job> {
  private static final Logger log = LoggerFactory.getLogger(EvaluateStep.class);
  private static final Duration VIEW_TIMEOUT = Duration.ofSeconds(30);
  private static final int MAX_SAMPLES = 5;

  /**
   * Bounds of an evaluation.
   *
   * @param maxExamples examples that are used of a split
   * @param batchExamples examples in one request to the gateway, at most 64
   * @param answerMaxTokens longest answer in tokens
   */
  public record Limits(int maxExamples, int batchExamples, int answerMaxTokens) {
    public Limits {
      if (maxExamples < 1) {
        throw new IllegalArgumentException("max examples must be positive: " + maxExamples);
      }
    }
  }

  private final TopicView<Dataset, DatasetEvent> datasets;
  private final ArtifactStore store;
  private final EventPublisher publisher;
  private final Examination examination;
  private final Limits limits;

  public EvaluateStep(
      TopicView<Dataset, DatasetEvent> datasets,
      ArtifactStore store,
      GatewayClient gateway,
      EventPublisher publisher,
      Limits limits) {
    this.datasets = datasets;
    this.store = store;
    this.publisher = publisher;
    this.examination =
        new Examination(
            gateway, new Examination.Limits(limits.batchExamples(), limits.answerMaxTokens()));
    this.limits = limits;
  }

  @Override
  public boolean wants(Job job) {
    return job.getState() == JobState.JOB_STATE_TRAINED;
  }

  @Override
  public void perform(Job job, Cancellation cancellation) {
    HeldOut heldOut = HeldOut.read(dataset(job), job.getSpec(), store, limits.maxExamples());
    Evaluation evaluation =
        heldOut.examples().isEmpty()
            ? refused(nothingToCompare(job, heldOut))
            : evaluate(job, heldOut, cancellation);
    if (cancellation.isCancelled()) {
      return;
    }
    log.info("job {} {}", job.getJobId(), evaluation.getGateReason());
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(job.getJobId())
            .setEvaluated(JobEvaluated.newBuilder().setEvaluation(evaluation))
            .build());
  }

  @Override
  public void failed(Job job, Problem problem) {
    publisher.publish(
        Topics.JOBS,
        JobEvent.newBuilder()
            .setJobId(job.getJobId())
            .setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem)))
            .build());
  }

  private Dataset dataset(Job job) {
    String id = job.getSpec().getDatasetId();
    datasets.awaitCurrent(VIEW_TIMEOUT);
    return datasets
        .get(id)
        .orElseThrow(
            () ->
                Problem.caller("DATASET_NOT_FOUND", "there is no dataset " + id)
                    .at(Problem.FIELD, "spec.dataset_id")
                    .mend("create the dataset before the job"));
  }

  private Evaluation evaluate(Job job, HeldOut heldOut, Cancellation cancellation) {
    ModelUnderTest base =
        ModelUnderTest.newBuilder().setBaseModel(job.getSpec().getBaseModel()).build();
    ModelUnderTest candidate = base.toBuilder().setAdapter(job.getAdapter()).build();
    List<Example> examples = heldOut.examples();
    String label = "job " + job.getJobId();
    Examination.Result before =
        examination.examine(label + ", base model", base, examples, cancellation);
    List<Example> fitting = before.examples();
    if (fitting.isEmpty()) {
      return refused("no held-out example fits the base model's context");
    }
    Examination.Result after =
        examination.examine(label + ", candidate", candidate, fitting, cancellation);
    Gate.Verdict verdict = Gate.judge(before.scores(), after.scores());
    Evaluation.Builder evaluation =
        Evaluation.newBuilder()
            .setBase(before.scores())
            .setCandidate(after.scores())
            .setGatePassed(verdict.passed())
            .setGateReason(verdict.reason() + footnote(heldOut, examples.size() - fitting.size()));
    for (int i = 0; i < Math.min(MAX_SAMPLES, fitting.size()); i++) {
      evaluation.addSamples(
          AnswerSample.newBuilder()
              .setPrompt(fitting.get(i).prompt().getLast().content())
              .setReference(fitting.get(i).answer())
              .setBase(before.answers().get(i))
              .setCandidate(after.answers().get(i)));
    }
    return evaluation.build();
  }

  private static String nothingToCompare(Job job, HeldOut heldOut) {
    return heldOut.texts() > 0
        ? "the held-out examples are plain texts, which have no answers to compare: see the"
            + " validation loss, or add conversations to the dataset"
        : "version %d of dataset %s holds no test or validation example"
            .formatted(job.getSpec().getDatasetVersion(), job.getSpec().getDatasetId());
  }

  /** What a reader must know beside the verdict. */
  private static String footnote(HeldOut heldOut, int leftOut) {
    String split =
        heldOut.split() == Split.SPLIT_TEST
            ? ""
            : " of the validation split, since the test split is empty";
    return leftOut == 0
        ? split
        : split + "; " + leftOut + " longer than the base model's context were left out";
  }

  private static Evaluation refused(String because) {
    return Evaluation.newBuilder()
        .setGatePassed(false)
        .setGateReason("refused: " + because + ", so nothing can be compared")
        .build();
  }
}
