package dev.tuneline.platform.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A conversation to learn from or to be measured on, or a plain text to learn whole.
 *
 * @param id SHA-256 of the messages, 64 lower-case hexadecimal digits: equal messages, equal id
 * @param messages of a conversation at least two, the last of which is the assistant's answer; of a
 *     text just one, whose role is {@link Message#TEXT}
 * @param source where it came from, for people; no part of the id
 */
public record Example(String id, List<Message> messages, Source source) {
  /** What an example is. */
  public enum Kind {
    /** Turns, of which the last is answered. */
    CONVERSATION,
    /** A text that nobody says. */
    TEXT
  }

  /**
   * One turn.
   *
   * @param role {@code system}, {@code user} or {@code assistant}, or {@link #TEXT}
   */
  public record Message(String role, String content) {
    /** In place of a role: the content is a plain text. */
    public static final String TEXT = "text";

    /** A plain text. */
    public static Message text(String content) {
      return new Message(TEXT, content);
    }
  }

  /**
   * A place that a person can look up.
   *
   * @param file the file's name, empty for a row that came as an event
   * @param line 1-based physical line, 0 for a row that came as an event
   */
  public record Source(String file, long line) {}

  public Example {
    messages = List.copyOf(messages);
    boolean text = messages.stream().anyMatch(message -> message.role().equals(Message.TEXT));
    if (messages.size() < 2 && !text) {
      throw new IllegalArgumentException("an example has a prompt and an answer");
    }
    if (text && messages.size() > 1) {
      throw new IllegalArgumentException("a text has no turns");
    }
    if (!text && !messages.getLast().role().equals("assistant")) {
      throw new IllegalArgumentException("an example ends with the assistant's answer");
    }
  }

  /** An example of one question and its answer. */
  public static Example of(String prompt, String reply, Source source) {
    return of(List.of(new Message("user", prompt), new Message("assistant", reply)), source);
  }

  /** An example of one plain text. */
  public static Example ofText(String text, Source source) {
    return of(List.of(Message.text(text)), source);
  }

  /** An example whose id follows from its messages. */
  public static Example of(List<Message> messages, Source source) {
    return new Example(idOf(messages), messages, source);
  }

  /** Whether it is a conversation or a text. */
  public Kind kind() {
    return messages.getFirst().role().equals(Message.TEXT) ? Kind.TEXT : Kind.CONVERSATION;
  }

  /** What the model is asked: the messages before the answer; none of a text. */
  public List<Message> prompt() {
    return messages.subList(0, messages.size() - 1);
  }

  /** What is learnt: the assistant's answer, or the text. */
  public String answer() {
    return messages.getLast().content();
  }

  private static String idOf(List<Message> messages) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      for (Message message : messages) {
        update(sha256, message.role());
        update(sha256, message.content());
      }
      return HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** Lengths go before the bytes so that no two lists of messages look alike. */
  private static void update(MessageDigest sha256, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    sha256.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    sha256.update(bytes);
  }
}
