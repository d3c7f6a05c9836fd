package dev.tuneline.platform.tables.columnar;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file that is read at any position, and that a reader owns.
 *
 * @param temporary whether the file goes when it is closed
 */
record UnpackedFile(FileChannel channel, Path path, boolean temporary) implements AutoCloseable {
  /** Makes a reader, which closes the file; may refuse it. */
  @FunctionalInterface
  interface Opening<R> {
    R open(UnpackedFile file) throws IOException;
  }

  /** The reader of the file at {@code path}; the file is closed if it is refused. */
  static <R> R open(Path path, boolean temporary, Opening<R> opening) throws IOException {
    UnpackedFile file =
        new UnpackedFile(FileChannel.open(path, StandardOpenOption.READ), path, temporary);
    boolean opened = false;
    try {
      R reader = opening.open(file);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        file.close();
      }
    }
  }

  /** {@code length} bytes from position {@code from}, in little-endian order. */
  ByteBuffer read(long from, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, from + bytes.position()) < 0) {
        throw new IllegalArgumentException("it is cut off");
      }
    }
    return bytes.flip();
  }

  @Override
  public void close() {
    try {
      channel.close();
      if (temporary) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
