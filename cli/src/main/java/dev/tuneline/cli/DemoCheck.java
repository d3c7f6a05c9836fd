package dev.tuneline.cli;

import dev.tuneline.proto.v1.Adapter;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.DeploymentStatus;
import dev.tuneline.proto.v1.Evaluation;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.RowAccount;
import dev.tuneline.proto.v1.ServingState;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.SplitShards;
import dev.tuneline.proto.v1.TrainingProgress;
import dev.tuneline.proto.v1.Upload;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Whether every stage of the demo really happened, told from what the services recorded. What did
 * not is collected as sentences.
 */
final class DemoCheck {
  /** How many times the base's ROUGE-L the candidate's must be. */
  static final double ROUGE_RATIO = 2.0;

  private final List<String> misses = new ArrayList<>();

  /** What did not happen; empty when all did. */
  List<String> misses() {
    return List.copyOf(misses);
  }

  /** Every received row is kept or rejected, and every split has examples. */
  void dataset(Dataset dataset) {
    require(
        dataset.getState() == DatasetState.DATASET_STATE_PREPARED,
        "the dataset is not prepared but " + Tables.name(dataset.getState()));
    DatasetVersion version = DatasetProgress.newest(dataset);
    RowAccount account = version.getAccount();
    require(account.getReceived() > 0, "no row was received");
    require(
        account.getReceived() == account.getKept() + account.getRejected(),
        "the rows do not add up: " + DatasetProgress.account(account));
    long byReason =
        account.getRejectedByReasonMap().values().stream().mapToLong(Long::longValue).sum();
    require(
        account.getRejected() == byReason,
        account.getRejected() + " rows were rejected, but the reasons add up to " + byReason);
    long uploaded = 0;
    for (Upload upload : dataset.getUploadsList()) {
      require(upload.hasResult(), "the rows of " + upload.getFileName() + " were not published");
      uploaded += upload.getResult().getRowsPublished() + upload.getResult().getRowsRejected();
    }
    require(
        account.getReceived() >= uploaded,
        uploaded + " records were uploaded, but " + account.getReceived() + " received");
    long examples = 0;
    Set<Split> splits = EnumSet.noneOf(Split.class);
    for (SplitExamples split : version.getSplitsList()) {
      examples += split.getExamples();
      if (split.getExamples() > 0 && split.hasFile()) {
        splits.add(split.getSplit());
      }
    }
    require(
        splits.containsAll(EnumSet.of(Split.SPLIT_TRAIN, Split.SPLIT_VALIDATION, Split.SPLIT_TEST)),
        "only these splits have examples: " + splits);
    require(
        examples == account.getKept(),
        account.getKept() + " rows were kept, but the splits hold " + examples + " examples");
  }

  /** Sharded, trained to the last step, evaluated better than the base, and deployed. */
  void job(Job job) {
    require(
        job.getState() == JobState.JOB_STATE_DEPLOYED,
        "the job is not deployed but " + Tables.name(job.getState()));
    require(
        job.getShardsList().stream().anyMatch(DemoCheck::trains),
        "no shard of the train split carries trained tokens");
    TrainingProgress progress = job.getProgress();
    require(
        progress.getTotalSteps() > 0 && progress.getStep() == progress.getTotalSteps(),
        "training ended at step " + progress.getStep() + " of " + progress.getTotalSteps());
    require(
        !job.getAdapter().getAdapterId().isEmpty() && job.getAdapter().hasFolder(),
        "the job has no adapter");
    evaluation(job.getEvaluation());
  }

  private static boolean trains(SplitShards shards) {
    return shards.getSplit() == Split.SPLIT_TRAIN
        && shards.getTrainedTokens() > 0
        && shards.hasFile();
  }

  private void evaluation(Evaluation evaluation) {
    double base = evaluation.getBase().getRougeL();
    double candidate = evaluation.getCandidate().getRougeL();
    require(evaluation.getCandidate().getExamples() > 0, "no test example was evaluated");
    require(
        candidate > 0 && candidate >= ROUGE_RATIO * base,
        "ROUGE-L " + candidate + " is less than " + ROUGE_RATIO + " times the base's " + base);
    require(
        evaluation.getCandidate().getLoss() > 0
            && evaluation.getCandidate().getLoss() < evaluation.getBase().getLoss(),
        "the candidate's loss "
            + evaluation.getCandidate().getLoss()
            + " is not below the base's "
            + evaluation.getBase().getLoss());
    require(evaluation.getGatePassed(), "the gate refused: " + evaluation.getGateReason());
  }

  /** The deployment answers, and by this adapter. */
  void deployment(DeploymentStatus status, Adapter adapter) {
    require(
        status.getState() == ServingState.SERVING_STATE_READY,
        "the deployment is not ready but " + Tables.name(status.getState()));
    require(
        status.getDeployment().getTargetsList().stream()
            .anyMatch(
                target ->
                    target.getWeightPercent() == 100
                        && target.getAdapter().getAdapterId().equals(adapter.getAdapterId())),
        "the deployment does not serve adapter " + adapter.getAdapterId());
  }

  /** The first answer came from the base alone, the second from the adapter, and they differ. */
  void answers(Chat before, Chat after, Adapter adapter) {
    require(
        before.finish().getAdapterId().isEmpty(), "the answer before did not come from the base");
    require(
        after.finish().getAdapterId().equals(adapter.getAdapterId()),
        "the answer after came from '"
            + after.finish().getAdapterId()
            + "', not from adapter "
            + adapter.getAdapterId());
    require(!after.text().isBlank(), "the answer after is empty");
    require(!after.text().equals(before.text()), "both answers are the same");
  }

  private void require(boolean happened, String miss) {
    if (!happened) {
      misses.add(miss);
    }
  }
}
