package dev.tuneline.platform.tables;

import dev.tuneline.errors.Problem;
import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;

/** Opens files that may be packed with gzip or zstd; their first bytes say so. */
final class Unpacking {
  private static final int BUFFER_BYTES = 64 << 10;
  private static final long FREE_BYTES = 16L << 20;

  private Unpacking() {}

  /** Whether a file's first bytes are those of gzip or zstd. */
  static boolean isPacked(byte[] start) {
    return isGzip(start) || isZstd(start);
  }

  /**
   * A file's content; reading it fails with a {@link Problem} past the bounds or where the packing
   * is damaged.
   *
   * @param name the file's name, for messages
   */
  static InputStream open(Path file, String name, TableLimits limits) throws IOException {
    InputStream in = new BufferedInputStream(Files.newInputStream(file), BUFFER_BYTES);
    try {
      in.mark(4);
      byte[] start = in.readNBytes(4);
      in.reset();
      if (!isPacked(start)) {
        return in;
      }
      Counting packed = new Counting(in);
      return new Bounded(
          () ->
              isGzip(start)
                  ? new GZIPInputStream(packed, BUFFER_BYTES)
                  : new ZstdInputStream(packed),
          packed,
          name,
          limits);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
  }

  private static boolean isGzip(byte[] start) {
    return start.length >= 3 && start[0] == 0x1F && start[1] == (byte) 0x8B && start[2] == 8;
  }

  private static boolean isZstd(byte[] start) {
    return start.length >= 4
        && start[0] == 0x28
        && start[1] == (byte) 0xB5
        && start[2] == 0x2F
        && start[3] == (byte) 0xFD;
  }

  /** Counts what went in. */
  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      int read = in.read(target, from, length);
      count += Math.max(0, read);
      return read;
    }
  }

  private interface Opening {
    InputStream open() throws IOException;
  }

  /** Bounds what comes out. */
  private static final class Bounded extends InputStream {
    private final Opening opening;
    private final Counting packed;
    private final String name;
    private final TableLimits limits;
    private @Nullable InputStream unpacked;
    private long count;

    Bounded(Opening opening, Counting packed, String name, TableLimits limits) {
      this.opening = opening;
      this.packed = packed;
      this.name = name;
      this.limits = limits;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      try {
        if (unpacked == null) {
          unpacked = opening.open();
        }
        int read = unpacked.read(target, from, length);
        count += Math.max(0, read);
        check();
        return read;
      } catch (ZipException | EOFException | MalformedInputException e) {
        throw Problem.caller("DAMAGED_FILE", "the file cannot be unpacked: " + e.getMessage())
            .at(Problem.FILE, name)
            .mend("pack it again, or send it unpacked");
      }
    }

    private void check() {
      if (count > limits.maxUnpackedBytes()) {
        throw tooLarge("to more than %d bytes".formatted(limits.maxUnpackedBytes()));
      }
      if (count > FREE_BYTES && count / limits.maxUnpackedRatio() > packed.count) {
        throw tooLarge("to more than %d times its size".formatted(limits.maxUnpackedRatio()));
      }
    }

    private Problem tooLarge(String how) {
      return Problem.caller("UNPACKED_TOO_LARGE", "the file unpacks " + how)
          .at(Problem.FILE, name)
          .mend("send it unpacked, or in parts");
    }

    @Override
    public void close() throws IOException {
      packed.close();
    }
  }
}
