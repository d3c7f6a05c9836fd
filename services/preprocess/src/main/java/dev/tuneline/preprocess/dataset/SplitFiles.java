package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleLines;
import dev.tuneline.platform.examples.spill.SpillFile;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The examples of a version on their way out, in the order of their ids, each into its split. */
final class SplitFiles implements AutoCloseable {
  private static final List<Split> SPLITS =
      List.of(Split.SPLIT_TRAIN, Split.SPLIT_VALIDATION, Split.SPLIT_TEST);

  private static final class Output {
    private final SpillFile file;
    private long examples;

    Output(Path workFolder) {
      this.file = new SpillFile(workFolder);
    }
  }

  private final Map<Split, Output> outputs = new EnumMap<>(Split.class);
  private final MessageDigest sha256 = PartFiles.sha256();

  SplitFiles(Path workFolder) {
    SPLITS.forEach(split -> outputs.put(split, new Output(workFolder)));
  }

  void add(Example example, Split split) {
    Output output = outputs.get(split);
    if (output == null) {
      throw new IllegalArgumentException("no split of a dataset: " + split);
    }
    byte[] line = ExampleLines.line(example);
    output.file.append(line, 0, line.length);
    output.examples++;
    sha256.update((example.id() + " " + split.name() + "\n").getBytes(UTF_8));
  }

  long examples() {
    return outputs.values().stream().mapToLong(output -> output.examples).sum();
  }

  /** SHA-256 over the ids of all examples, each with its split; called once. */
  String digest() {
    return HexFormat.of().formatHex(sha256.digest());
  }

  /** Stores one artifact for each split. */
  List<SplitExamples> store(ArtifactStore artifacts) {
    List<SplitExamples> stored = new ArrayList<>();
    outputs.forEach(
        (split, output) ->
            stored.add(
                SplitExamples.newBuilder()
                    .setSplit(split)
                    .setExamples(output.examples)
                    .setFile(
                        artifacts.put(
                            output.file.stretch(0, output.file.size()), ExampleLines.MEDIA_TYPE))
                    .build()));
    return stored;
  }

  @Override
  public void close() {
    outputs.values().forEach(output -> output.file.close());
  }
}
