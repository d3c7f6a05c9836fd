package dev.tuneline.preprocess.dataset;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Which rows were counted, so that a redelivery is not counted again. A file's rows are numbered
 * and cost a bit each; others cost 16 bytes of their id's digest.
 */
final class SeenRows {
  private record Id(long high, long low) {}

  private final Map<String, BitSet> uploads = new HashMap<>();
  private final Set<Id> others = new HashSet<>();
  private final MessageDigest sha256;

  SeenRows() {
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Whether the row is new; from now on it is not. */
  boolean add(String uploadId, String rowId) {
    String number = rowId.substring(Math.min(rowId.length(), uploadId.length() + 1));
    if (!uploadId.isEmpty()
        && rowId.startsWith(uploadId + ":")
        && number.matches("0|[1-9][0-9]{0,8}")) {
      BitSet seen = uploads.computeIfAbsent(uploadId, id -> new BitSet());
      int bit = Integer.parseInt(number);
      boolean added = !seen.get(bit);
      seen.set(bit);
      return added;
    }
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest(rowId.getBytes(UTF_8)));
    return others.add(new Id(digest.getLong(), digest.getLong()));
  }
}
