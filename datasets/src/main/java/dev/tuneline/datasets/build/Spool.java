package dev.tuneline.datasets.build;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A source's examples in a file, until it is known how many of them are taken. */
final class Spool implements AutoCloseable {
  /** An example's line of JSON, and where its row stands. */
  record Item(long line, String json) {}

  private final Path file;
  private final DataOutputStream out;
  private long count;

  Spool(Path folder) throws IOException {
    this.file = Files.createTempFile(folder, "spool-", "");
    this.out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)));
  }

  void add(BuiltExample example) {
    byte[] json = example.json();
    try {
      out.writeLong(example.line());
      out.writeInt(json.length);
      out.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    count++;
  }

  long count() {
    return count;
  }

  /** Reads what was added, once nothing is any more. */
  Reading read() throws IOException {
    out.flush();
    return new Reading(file);
  }

  @Override
  public void close() throws IOException {
    out.close();
    Files.deleteIfExists(file);
  }

  /** Reads a spool from its beginning. */
  static final class Reading implements AutoCloseable {
    private final DataInputStream in;

    private Reading(Path file) throws IOException {
      this.in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)));
    }

    @Nullable Item next() throws IOException {
      long line;
      try {
        line = in.readLong();
      } catch (EOFException e) {
        return null;
      }
      return new Item(line, new String(in.readNBytes(in.readInt()), UTF_8));
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
