package dev.tuneline.preprocess.shard;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.rpc.WireProblem;
import dev.tuneline.preprocess.shard.TextModels.TextModel;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetState;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.JobEvent;
import dev.tuneline.proto.v1.JobFailed;
import dev.tuneline.proto.v1.JobSharded;
import dev.tuneline.proto.v1.JobState;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tokenises a job's dataset version for its base model, once the version is prepared, or takes what
 * was tokenised so for another job.
 */
public final class MakeShards implements Step<Job> {
  private final Function<String, Optional<Dataset>> datasets;
  private final TextModels models;
  private final ArtifactStore artifacts;
  private final MadeShards shards;
  private final EventPublisher publisher;

  /**
   * @param datasets a dataset as far as it is known; fast
   * @param shards those that were made for other jobs
   */
  public MakeShards(
      Function<String, Optional<Dataset>> datasets,
      TextModels models,
      ArtifactStore artifacts,
      MadeShards shards,
      EventPublisher publisher) {
    this.datasets = datasets;
    this.models = models;
    this.artifacts = artifacts;
    this.shards = shards;
    this.publisher = publisher;
  }

  @Override
  public boolean wants(Job job) {
    if (job.getState() != JobState.JOB_STATE_ACCEPTED) {
      return false;
    }
    Optional<Dataset> dataset = datasets.apply(job.getSpec().getDatasetId());
    return dataset.isPresent()
        && (version(job, dataset.get()).isPresent()
            || dataset.get().getState() == DatasetState.DATASET_STATE_FAILED);
  }

  @Override
  public void perform(Job job, Cancellation cancellation) throws IOException {
    Dataset dataset = datasets.apply(job.getSpec().getDatasetId()).orElseThrow();
    DatasetVersion version = version(job, dataset).orElseThrow(() -> datasetFailed(dataset));
    TextModel model = models.get(job.getSpec().getBaseModel(), "spec.base_model");
    SplitTokenising tokenising =
        new SplitTokenising(
            artifacts, model, job.getSpec().getTraining().getCutoffTokens(), cancellation);
    JobSharded.Builder sharded = JobSharded.newBuilder();
    for (SplitExamples split : version.getSplitsList()) {
      sharded.addShards(shards.get(tokenising.key(split), () -> tokenising.tokenise(split)));
    }
    publish(event(job).setSharded(sharded));
  }

  @Override
  public void failed(Job job, Problem problem) {
    publish(event(job).setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem))));
  }

  private static Optional<DatasetVersion> version(Job job, Dataset dataset) {
    return dataset.getVersionsList().stream()
        .filter(version -> version.getVersion() == job.getSpec().getDatasetVersion())
        .findFirst();
  }

  private static Problem datasetFailed(Dataset dataset) {
    return Problem.caller(
            "DATASET_FAILED",
            "dataset %s cannot be used: %s"
                .formatted(dataset.getDatasetId(), dataset.getProblem().getMessage()))
        .at(Problem.FIELD, "spec.dataset_id")
        .at("dataset_reason", dataset.getProblem().getReason())
        .mend("upload the rows again, mended, as a new dataset");
  }

  private static JobEvent.Builder event(Job job) {
    return JobEvent.newBuilder().setJobId(job.getJobId());
  }

  private void publish(JobEvent.Builder event) {
    publisher.publish(Topics.JOBS, event.build());
  }
}
