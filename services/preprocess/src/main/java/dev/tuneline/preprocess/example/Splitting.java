package dev.tuneline.preprocess.example;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.proto.v1.Split;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Puts examples into splits by a hash of what they ask, so that one question, however it is spaced
 * or capitalised, never stands on both sides, in this version or any later one.
 *
 * @param trainPercent part of all questions
 * @param validationPercent part of all questions; the rest is the test split
 */
public record Splitting(int trainPercent, int validationPercent) {
  private static final Pattern SPACES = Pattern.compile("\\s+");

  public Splitting {
    if (trainPercent < 1 || validationPercent < 0 || trainPercent + validationPercent > 100) {
      throw new IllegalArgumentException("percentages out of range");
    }
  }

  /** The split of an example. */
  public Split of(Example example) {
    return of(question(example));
  }

  /** The split of all examples of a question. */
  public Split of(long question) {
    long hundredth = Long.remainderUnsigned(question, 100);
    if (hundredth < trainPercent) {
      return Split.SPLIT_TRAIN;
    }
    return hundredth < trainPercent + validationPercent ? Split.SPLIT_VALIDATION : Split.SPLIT_TEST;
  }

  /** Digest of what an example asks, or of a text that asks nothing. */
  public static long question(Example example) {
    if (example.prompt().isEmpty()) {
      return digest(example.answer());
    }
    StringBuilder text = new StringBuilder();
    example.prompt().forEach(message -> text.append(message.content()).append('\n'));
    return digest(text.toString());
  }

  /** The same for texts that differ in nothing but spaces, width and capitals. */
  public static long digest(String text) {
    String normalised =
        SPACES
            .matcher(Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT))
            .replaceAll(" ")
            .strip();
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(normalised.getBytes(UTF_8));
      return ByteBuffer.wrap(digest).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
