package dev.tuneline.trainer.job;

import dev.tuneline.engine.chat.EncodedExample;
import dev.tuneline.engine.shard.Shard;
import dev.tuneline.engine.training.TrainingExample;
import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.proto.v1.Job;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitShards;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A job's tokenised examples, read whole from the artifact store.
 *
 * @param train at least one example, at least one trained token
 * @param validation empty when the job has none that could be measured
 */
record TokenShards(List<TrainingExample> train, List<TrainingExample> validation) {
  TokenShards {
    train = List.copyOf(train);
    validation = List.copyOf(validation);
  }

  /**
   * Fetches them.
   *
   * @param templateDigest the base model's chat template as it is now
   * @throws Problem NO_TRAINED_TOKEN when there is nothing to learn from, or TEMPLATE_MISMATCH when
   *     the examples were written with another template
   */
  static TokenShards read(Job job, ArtifactStore store, String templateDigest) {
    SplitShards train =
        split(job, Split.SPLIT_TRAIN)
            .filter(shards -> shards.getTrainedTokens() > 0)
            .orElseThrow(
                () ->
                    Problem.caller(
                            "NO_TRAINED_TOKEN", "the job's train split has no token to learn from")
                        .at(Problem.FIELD, "spec.dataset_id")
                        .mend("add examples, or raise spec.training.cutoff_tokens"));
    List<TrainingExample> validation =
        split(job, Split.SPLIT_VALIDATION)
            .filter(shards -> shards.getTrainedTokens() > 0)
            .map(shards -> read(shards, store, templateDigest))
            .orElseGet(List::of);
    return new TokenShards(read(train, store, templateDigest), validation);
  }

  private static Optional<SplitShards> split(Job job, Split split) {
    return job.getShardsList().stream().filter(shards -> shards.getSplit() == split).findFirst();
  }

  private static List<TrainingExample> read(
      SplitShards shards, ArtifactStore store, String templateDigest) {
    List<TrainingExample> examples = new ArrayList<>();
    try (Shard shard = Shard.open(store.localFile(shards.getFile()))) {
      if (!templateDigest.equals(shard.metadata().get("template"))) {
        throw Problem.caller(
                "TEMPLATE_MISMATCH",
                "the examples were written with another chat template than the base model has now")
            .at(Problem.FIELD, "spec.base_model")
            .mend("request the job again, so that its shards are made anew");
      }
      for (int i = 0; i < shard.examples(); i++) {
        EncodedExample example = shard.example(i);
        examples.add(new TrainingExample(example.inputIds(), example.labels()));
      }
    }
    return examples;
  }
}
