package dev.tuneline.platform.examples.spill;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.DELETE_ON_CLOSE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * A nameless file for bytes that wait: written at its end, read anywhere. It is gone when it is
 * closed and, where the system lets open files lose their name, when its process is killed. For one
 * thread.
 */
public final class SpillFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 64 << 10;

  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
  private long written;

  /**
   * An empty file.
   *
   * @param folder where there is room; made when it is missing
   */
  public SpillFile(Path folder) {
    try {
      Files.createDirectories(folder);
      Path file = folder.resolve("spill-" + UUID.randomUUID());
      this.channel = FileChannel.open(file, CREATE_NEW, READ, WRITE, DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many bytes were appended. */
  public long size() {
    return written + buffer.position();
  }

  /**
   * Puts bytes at the end.
   *
   * @return where they begin
   */
  public long append(byte[] bytes, int from, int length) {
    long offset = size();
    if (length > buffer.remaining()) {
      flush();
    }
    if (length > buffer.capacity()) {
      write(ByteBuffer.wrap(bytes, from, length));
    } else {
      buffer.put(bytes, from, length);
    }
    return offset;
  }

  /** The bytes from an offset on. */
  public byte[] read(long offset, int length) {
    byte[] bytes = new byte[length];
    read(offset, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Fills what remains of {@code target} with the bytes from an offset on. */
  void read(long offset, ByteBuffer target) {
    if (offset + target.remaining() > written) {
      flush();
    }
    try {
      long at = offset;
      while (target.hasRemaining()) {
        int count = channel.read(target, at);
        if (count < 0) {
          throw new EOFException("there is nothing at " + at);
        }
        at += count;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes from one offset up to another, exclusive; closing it leaves the file open. */
  public InputStream stretch(long from, long until) {
    return new InputStream() {
      private long at = from;

      @Override
      public int read() {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) {
        int count = (int) Math.min(length, until - at);
        if (count == 0) {
          return length == 0 ? 0 : -1;
        }
        SpillFile.this.read(at, ByteBuffer.wrap(target, offset, count));
        at += count;
        return count;
      }
    };
  }

  private void flush() {
    write(buffer.flip());
    buffer.clear();
  }

  private void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        written += channel.write(bytes, written);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
