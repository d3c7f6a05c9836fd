package dev.tuneline.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.errors.Problem;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Gives names to new things. What is asked for under an idempotency key is named by the key, so
 * that asking again means the same thing on every machine and after any loss of memory.
 */
public final class Ids {
  /** What ids of jobs, datasets and uploads look like. */
  public static final Pattern PATTERN = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private static final int MAX_KEY_CHARS = 256;
  private static final int DIGITS = 20;

  private final Supplier<String> random;

  /**
   * @param random gives at least 20 letters and digits that never came before; '-' is dropped
   */
  public Ids(Supplier<String> random) {
    this.random = random;
  }

  /** A new id such as {@code job-1f0c...}, or the one that belongs to a key that is not empty. */
  public String give(String prefix, String idempotencyKey) {
    if (idempotencyKey.isEmpty()) {
      return prefix + "-" + random.get().replace("-", "").substring(0, DIGITS);
    }
    if (idempotencyKey.length() > MAX_KEY_CHARS) {
      throw Problem.caller("INVALID_IDEMPOTENCY_KEY", "the idempotency key is too long")
          .at(Problem.FIELD, "idempotency_key")
          .mend("use at most " + MAX_KEY_CHARS + " characters");
    }
    return prefix + "-" + digest(prefix + "\0" + idempotencyKey).substring(0, DIGITS);
  }

  /** SHA-256 of a text, in hexadecimal. */
  public static String digest(String text) {
    return digest(text.getBytes(UTF_8));
  }

  /** SHA-256 of bytes, in hexadecimal. */
  public static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
