package dev.tuneline.ingest.upload;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * What has arrived of one upload, and the one stream that adds to it. Bytes that were written are
 * there after a kill of this process. Safe for use by several threads: once another stream has
 * taken the upload over, this one may not touch it any more.
 */
public final class PartFile implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 << 10;

  private enum State {
    RECEIVING,
    /** Whole, and read by whoever takes it in. */
    COMPLETE,
    CLOSED
  }

  private final PartFiles owner;
  private final String uploadId;
  private final boolean kept;
  private final Path file;
  private final FileChannel channel;
  private final MessageDigest sha256;
  private long bytes;
  private State state = State.RECEIVING;

  PartFile(PartFiles owner, String uploadId, Path file, boolean kept, long offset)
      throws IOException {
    this.owner = owner;
    this.uploadId = uploadId;
    this.file = file;
    this.kept = kept;
    this.channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    boolean opened = false;
    try {
      long there = channel.size();
      if (offset > there) {
        throw Problem.caller(
                "UPLOAD_OFFSET_TOO_LARGE",
                "the upload cannot go on at byte %d, %d bytes are there".formatted(offset, there))
            .at(Problem.FIELD, "header.offset")
            .at("received_bytes", there)
            .mend("send the file from byte " + there);
      }
      channel.truncate(offset);
      channel.position(offset);
      this.bytes = offset;
      this.sha256 = digestOf(file);
      owner.resized(offset - there);
      opened = true;
    } finally {
      if (!opened) {
        channel.close();
      }
    }
  }

  /** Adds bytes to the end. */
  public synchronized void write(ByteBuffer chunk) {
    requireReceiving();
    int more = chunk.remaining();
    owner.checkRoom(bytes + more, more);
    sha256.update(chunk.duplicate());
    try {
      while (chunk.hasRemaining()) {
        channel.write(chunk);
      }
    } catch (IOException e) {
      throw Problem.ours("UPLOAD_NOT_STORED", "the bytes could not be kept: " + e.getMessage(), e)
          .mend("see that the disk of tuneline.ingest.upload-folder has room");
    }
    bytes += more;
    owner.resized(more);
  }

  /**
   * The file, now that it is whole.
   *
   * @param sizeBytes what it must have; 0 when that is not known
   * @param digest its SHA-256 in hexadecimal; empty when that is not known
   * @throws Problem UPLOAD_INCOMPLETE, after which the upload can be continued, or UPLOAD_DAMAGED,
   *     after which nothing of it is left
   */
  public synchronized Path complete(long sizeBytes, String digest) {
    requireReceiving();
    if (sizeBytes > bytes) {
      throw Problem.caller(
              "UPLOAD_INCOMPLETE", "%d of %d bytes have arrived".formatted(bytes, sizeBytes))
          .at("received_bytes", bytes)
          .mend("send the rest");
    }
    String found = HexFormat.of().formatHex(sha256.digest());
    if ((sizeBytes > 0 && bytes > sizeBytes) || !(digest.isEmpty() || digest.equals(found))) {
      discard();
      throw Problem.caller("UPLOAD_DAMAGED", "the bytes that arrived are not those of the file")
          .at("sha256", found)
          .at("size_bytes", bytes)
          .mend("send the file again from its beginning");
    }
    state = State.COMPLETE;
    return file;
  }

  /** Forgets the upload. */
  public synchronized void discard() {
    if (state == State.CLOSED) {
      return;
    }
    end();
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    owner.resized(-bytes);
  }

  /** Ends the stream; what has arrived stays if it is to be kept. */
  @Override
  public synchronized void close() {
    if (kept) {
      end();
    } else {
      discard();
    }
  }

  /** Ends the stream in favour of another. */
  synchronized void handOver() {
    if (state == State.COMPLETE) {
      throw Problem.exhausted("UPLOAD_BUSY", "the upload is whole and is being read")
          .mend("ask again in a moment");
    }
    end();
  }

  private void requireReceiving() {
    if (state != State.RECEIVING) {
      throw Problem.caller("UPLOAD_TAKEN_OVER", "another stream goes on with this upload")
          .mend("send an upload by one stream at a time");
    }
  }

  private void end() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    owner.ended(uploadId, this);
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static MessageDigest digestOf(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
      return digest;
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
