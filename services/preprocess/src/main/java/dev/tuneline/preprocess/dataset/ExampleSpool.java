package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.platform.examples.Example;
import dev.tuneline.platform.examples.ExampleLines;
import dev.tuneline.proto.v1.Split;
import dev.tuneline.proto.v1.SplitExamples;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * Examples on their way into a version: their lines wait in a file, their ids in memory. In which
 * order they come does not matter to what comes out.
 */
final class ExampleSpool implements AutoCloseable {
  private static final List<Split> SPLITS =
      List.of(Split.SPLIT_TRAIN, Split.SPLIT_VALIDATION, Split.SPLIT_TEST);

  /** Of equal examples, the one that stood first in the earliest upload is shown as the source. */
  record Standing(int upload, long line, String rowId) implements Comparable<Standing> {
    private static final Comparator<Standing> ORDER =
        Comparator.comparingInt(Standing::upload)
            .thenComparingLong(Standing::line)
            .thenComparing(Standing::rowId);

    @Override
    public int compareTo(Standing other) {
      return ORDER.compare(this, other);
    }
  }

  private record Waiting(String id, Split split, Standing standing, long offset, int bytes) {}

  private final int maxExamples;
  private final Path file;
  private final OutputStream out;
  private final Map<String, Waiting> examples = new HashMap<>();
  private long offset;

  ExampleSpool(int maxExamples) {
    this.maxExamples = maxExamples;
    try {
      this.file = Files.createTempFile("tuneline-examples-", ".jsonl");
      this.out = new BufferedOutputStream(Files.newOutputStream(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Adds an example unless an equal one is in.
   *
   * @return whether it was new
   */
  boolean add(Example example, Split split, Standing standing) {
    Waiting known = examples.get(example.id());
    if (known != null && known.standing().compareTo(standing) <= 0) {
      return false;
    }
    if (known == null && examples.size() == maxExamples) {
      throw Problem.caller(
              "DATASET_TOO_LARGE", "the dataset has more than " + maxExamples + " examples")
          .mend("split it, or raise tuneline.preprocess.max-examples");
    }
    byte[] line = ExampleLines.line(example);
    try {
      out.write(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    examples.put(example.id(), new Waiting(example.id(), split, standing, offset, line.length));
    offset += line.length;
    return known == null;
  }

  int size() {
    return examples.size();
  }

  /** SHA-256 over the sorted ids of all examples, each with its split. */
  String digest() {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Waiting waiting : sorted()) {
        sha256.update((waiting.id() + " " + waiting.split().name() + "\n").getBytes(UTF_8));
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Stores one artifact for each split, its examples sorted by id. */
  List<SplitExamples> store(ArtifactStore artifacts) {
    try {
      out.flush();
      List<SplitExamples> stored = new ArrayList<>();
      List<Waiting> sorted = sorted();
      for (Split split : SPLITS) {
        stored.add(
            store(
                artifacts,
                split,
                sorted.stream().filter(waiting -> waiting.split() == split).toList()));
      }
      return stored;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private SplitExamples store(ArtifactStore artifacts, Split split, List<Waiting> members)
      throws IOException {
    Path part = Files.createTempFile("tuneline-split-", ".jsonl");
    try (RandomAccessFile lines = new RandomAccessFile(file.toFile(), "r")) {
      try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(part))) {
        for (Waiting member : members) {
          byte[] line = new byte[member.bytes()];
          lines.seek(member.offset());
          lines.readFully(line);
          to.write(line);
        }
      }
      return SplitExamples.newBuilder()
          .setSplit(split)
          .setExamples(members.size())
          .setFile(artifacts.put(part, ExampleLines.MEDIA_TYPE))
          .build();
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private List<Waiting> sorted() {
    return examples.values().stream().sorted(Comparator.comparing(Waiting::id)).toList();
  }

  @Override
  public void close() {
    try {
      out.close();
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
