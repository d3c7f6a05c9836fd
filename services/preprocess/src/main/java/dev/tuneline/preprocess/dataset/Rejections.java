package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.tuneline.platform.artifacts.ArtifactStore;
import dev.tuneline.proto.v1.ArtifactRef;
import dev.tuneline.proto.v1.RowRejection;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/** All rejections of a version, waiting in a file; JSON Lines of {@link RowRejection}. */
final class Rejections implements AutoCloseable {
  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();
  private static final JsonFormat.Parser PARSER = JsonFormat.parser();

  private final Path file;
  private final BufferedWriter out;
  private long count;

  Rejections() {
    try {
      this.file = Files.createTempFile("tuneline-rejections-", ".jsonl");
      this.out = Files.newBufferedWriter(file, UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void add(RowRejection rejection) {
    try {
      out.write(PRINTER.print(rejection));
      out.write('\n');
      count++;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Stores them; empty when there are none. */
  Optional<ArtifactRef> store(ArtifactStore artifacts) {
    if (count == 0) {
      return Optional.empty();
    }
    try {
      out.flush();
      return Optional.of(artifacts.put(file, "application/jsonl"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads rejections that were stored. */
  static void read(ArtifactStore artifacts, ArtifactRef ref, Consumer<RowRejection> reader) {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(artifacts.open(ref), UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        RowRejection.Builder rejection = RowRejection.newBuilder();
        PARSER.merge(line, rejection);
        reader.accept(rejection.build());
      }
    } catch (InvalidProtocolBufferException e) {
      throw Account.doesNotAddUp("an upload's rejections cannot be read").causedBy(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
