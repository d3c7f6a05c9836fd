package dev.tuneline.datasets;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.tuneline.platform.examples.Example;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Finds equal examples, and questions that are answered in different ways. Holds digests of 16
 * bytes, never texts.
 */
final class Repetitions {
  private record Digest(long high, long low) {}

  private final Set<Digest> examples = new HashSet<>();
  private final Map<Digest, Digest> answers = new HashMap<>();
  private final Set<Digest> conflicting = new HashSet<>();
  private final MessageDigest sha256;
  private long conflictingExamples;

  Repetitions() {
    try {
      this.sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Whether no equal example came before. */
  boolean add(List<Example.Message> messages) {
    Example example = Example.of(messages, new Example.Source("", 0));
    if (!examples.add(digest(example.id()))) {
      return false;
    }
    if (example.kind() == Example.Kind.TEXT) {
      return true; // it asks nothing
    }
    StringBuilder asked = new StringBuilder();
    example
        .prompt()
        .forEach(turn -> asked.append(turn.role()).append(' ').append(turn.content()).append('\n'));
    Digest question = digest(normalised(asked.toString()));
    Digest answer = digest(normalised(example.answer()));
    Digest known = answers.putIfAbsent(question, answer);
    if (known != null && !known.equals(answer)) {
      conflictingExamples += conflicting.add(question) ? 2 : 1;
    }
    return true;
  }

  /** How many questions, however they are spaced or capitalised, have more than one answer. */
  int conflictingQuestions() {
    return conflicting.size();
  }

  /** How many examples ask these questions and answer otherwise than the first, with the first. */
  long conflictingExamples() {
    return conflictingExamples;
  }

  private static String normalised(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFKC)
        .toLowerCase(Locale.ROOT)
        .replaceAll("\\s+", " ")
        .strip();
  }

  private Digest digest(String text) {
    ByteBuffer digest = ByteBuffer.wrap(sha256.digest(text.getBytes(UTF_8)));
    return new Digest(digest.getLong(), digest.getLong());
  }
}
