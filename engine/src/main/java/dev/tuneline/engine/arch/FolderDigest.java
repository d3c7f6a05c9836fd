package dev.tuneline.engine.arch;

import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** One SHA-256 over several files: name, length and bytes of each in turn. */
public final class FolderDigest {
  private FolderDigest() {}

  /** The digest of {@code files} in their order, in lower-case hex. */
  public static String of(List<Path> files) {
    MessageDigest sha256 = sha256();
    byte[] block = new byte[1 << 16];
    for (Path file : files) {
      byte[] name = file.getFileName().toString().getBytes(StandardCharsets.UTF_8);
      try (InputStream in = Files.newInputStream(file)) {
        sha256.update(
            ByteBuffer.allocate(Integer.BYTES + name.length + Long.BYTES)
                .putInt(name.length)
                .put(name)
                .putLong(Files.size(file))
                .flip());
        for (int n = in.read(block); n >= 0; n = in.read(block)) {
          sha256.update(block, 0, n);
        }
      } catch (IOException e) {
        throw Problem.ours("UNREADABLE_FILE", "cannot read: " + e.getMessage(), e)
            .at(Problem.FILE, file);
      }
    }
    return HexFormat.of().formatHex(sha256.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
