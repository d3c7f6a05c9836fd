package dev.tuneline.preprocess.shard;

import dev.tuneline.engine.shard.ShardWriter;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.events.Cancellation;
import dev.tuneline.platform.events.EventPublisher;
import dev.tuneline.platform.events.Step;
import dev.tuneline.platform.events.Topics;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleLines;
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
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import dev.tuneline.proto.v1.SplitShards;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Tokenises a job's dataset version for its base model, once the version is prepared. The same
 * examples, tokenizer, template and cutoff give the same shards, byte for byte.
 */
public final class MakeShards implements Step<Job> {
  private static final int BATCH_EXAMPLES = 256;

  private final Function<String, Optional<Dataset>> datasets;
  private final TextModels models;
  private final ArtifactStore artifacts;
  private final EventPublisher publisher;

  /**
   * @param datasets a dataset as far as it is known; fast
   */
  public MakeShards(
      Function<String, Optional<Dataset>> datasets,
      TextModels models,
      ArtifactStore artifacts,
      EventPublisher publisher) {
    this.datasets = datasets;
    this.models = models;
    this.artifacts = artifacts;
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
    JobSharded.Builder sharded = JobSharded.newBuilder();
    for (SplitExamples split : version.getSplitsList()) {
      sharded.addShards(
          encode(split, model, job.getSpec().getTraining().getCutoffTokens(), cancellation));
    }
    publish(event(job).setSharded(sharded));
  }

  @Override
  public void failed(Job job, Problem problem) {
    publish(event(job).setFailed(JobFailed.newBuilder().setProblem(WireProblem.toProto(problem))));
  }

  private SplitShards encode(
      SplitExamples split, TextModel model, int cutoffTokens, Cancellation cancellation)
      throws IOException {
    Path folder = Files.createTempDirectory("tuneline-shard-");
    Path file = folder.resolve("shard.safetensors");
    try (ShardWriter writer = new ShardWriter(file);
        InputStream examples = artifacts.open(split.getFile())) {
      SplitEncoding encoding = new SplitEncoding(model, cutoffTokens, writer);
      List<Example> batch = new ArrayList<>();
      ExampleLines.read(
          examples,
          example -> {
            batch.add(example);
            if (batch.size() == BATCH_EXAMPLES) {
              if (cancellation.isCancelled()) {
                throw Problem.ours("CANCELLED", "tokenising was cancelled", null);
              }
              encoding.addAll(batch);
              batch.clear();
            }
          });
      encoding.addAll(batch);
      if (split.getSplit() == Split.SPLIT_TRAIN) {
        encoding.requireTrainable(cutoffTokens);
      }
      writer.finish(
          Map.of(
              "tokenizer",
              model.tokenizer().digest(),
              "template",
              model.template().digest(),
              "cutoff_tokens",
              Integer.toString(cutoffTokens)));
      return SplitShards.newBuilder()
          .setSplit(split.getSplit())
          .setExamples(writer.examples())
          .setTokens(writer.tokens())
          .setTrainedTokens(writer.trainedTokens())
          .setTruncatedExamples(encoding.truncated())
          .setLeftOutExamples(encoding.leftOut())
          .setFile(artifacts.put(file, "application/vnd.safetensors"))
          .build();
    } finally {
      Files.deleteIfExists(file);
      Files.deleteIfExists(folder);
    }
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
