package dev.tuneline.evaluator.evaluation;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.proto.v1.Dataset;
import dev.tuneline.proto.v1.DatasetVersion;
import dev.tuneline.proto.v1.JobSpec;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;

/**
 * The examples of a dataset's version that training did not see.
 *
 * @param split where they are from: test, or validation where there is no test example
 * @param examples the conversations among the first ones in the file's order, since a plain text
 *     has no answer to compare; empty when the version holds none back
 * @param texts how many plain texts were among them
 */
record HeldOut(Split split, List<Example> examples, int texts) {
  HeldOut {
    examples = List.copyOf(examples);
  }

  /**
   * Reads at most {@code maxExamples} of them.
   *
   * @throws Problem DATASET_VERSION_NOT_FOUND when the dataset has no such version
   */
  static HeldOut read(Dataset dataset, JobSpec spec, ArtifactStore store, int maxExamples) {
    DatasetVersion version =
        dataset.getVersionsList().stream()
            .filter(candidate -> candidate.getVersion() == spec.getDatasetVersion())
            .findFirst()
            .orElseThrow(
                () ->
                    Problem.caller(
                            "DATASET_VERSION_NOT_FOUND",
                            "dataset %s has no version %d"
                                .formatted(spec.getDatasetId(), spec.getDatasetVersion()))
                        .at(Problem.FIELD, "spec.dataset_version")
                        .mend("name a version that is prepared"));
    return split(version, Split.SPLIT_TEST)
        .or(() -> split(version, Split.SPLIT_VALIDATION))
        .map(found -> of(found.getSplit(), readFirst(found, store, maxExamples)))
        .orElseGet(() -> of(Split.SPLIT_TEST, List.of()));
  }

  private static HeldOut of(Split split, List<Example> first) {
    List<Example> conversations =
        first.stream().filter(example -> example.kind() == Example.Kind.CONVERSATION).toList();
    return new HeldOut(split, conversations, first.size() - conversations.size());
  }

  private static Optional<SplitExamples> split(DatasetVersion version, Split split) {
    return version.getSplitsList().stream()
        .filter(candidate -> candidate.getSplit() == split && candidate.getExamples() > 0)
        .findFirst();
  }

  private static List<Example> readFirst(SplitExamples split, ArtifactStore store, int max) {
    try (InputStream file = store.open(split.getFile())) {
      return ExampleFile.readFirst(file, max);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
