package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleFile;
import dev.tuneline.platform.examples.ExampleFileWriter;
import dev.tuneline.platform.examples.ExampleLines;
import dev.tuneline.platform.examples.spill.SpillFile;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The examples of a version on their way out, in the order of their ids, each into its split. They
 * wait as lines until it is known of what kinds they are, which decides a file's columns.
 */
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

  private final Path workFolder;
  private final Map<Split, Output> outputs = new EnumMap<>(Split.class);
  private final Set<Example.Kind> kinds = EnumSet.noneOf(Example.Kind.class);
  private final MessageDigest sha256 = PartFiles.sha256();

  SplitFiles(Path workFolder) {
    this.workFolder = workFolder;
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
    kinds.add(example.kind());
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
                    .setFile(store(artifacts, output))
                    .build()));
    return stored;
  }

  private ArtifactRef store(ArtifactStore artifacts, Output output) {
    try (InputStream lines = output.file.stretch(0, output.file.size());
        SpillFile arrow = new SpillFile(workFolder)) {
      try (OutputStream out = new BufferedOutputStream(appending(arrow), 1 << 16)) {
        ExampleFileWriter writer = new ExampleFileWriter(out, kinds);
        ExampleFile waiting = ExampleFile.open(lines);
        for (Example next = waiting.next(); next != null; next = waiting.next()) {
          writer.add(next);
        }
        writer.finish();
      }
      return artifacts.put(arrow.stretch(0, arrow.size()), ExampleFile.MEDIA_TYPE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static OutputStream appending(SpillFile file) {
    return new OutputStream() {
      @Override
      public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) {
        file.append(bytes, from, length);
      }
    };
  }

  @Override
  public void close() {
    outputs.values().forEach(output -> output.file.close());
  }
}
