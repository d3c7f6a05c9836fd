package dev.tuneline.platform.artifacts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of open files. */
final class Digests {
  private static final int BUFFER_BYTES = 256 << 10;

  private Digests() {}

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  /** Reads the whole file and leaves it at its beginning. */
  static boolean matches(FileChannel channel, String sha256, long sizeBytes) throws IOException {
    if (channel.size() != sizeBytes) {
      return false;
    }
    MessageDigest digest = sha256();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    while (channel.read(buffer) >= 0) {
      digest.update(buffer.flip());
      buffer.clear();
    }
    channel.position(0);
    return HexFormat.of().formatHex(digest.digest()).equals(sha256);
  }
}
