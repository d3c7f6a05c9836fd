package dev.tuneline.engine.chat;

import dev.tuneline.errors.Problem;
import java.util.Objects;

/**
 * One turn of a conversation.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant}, or what else the
 *     template knows; never blank
 * @param content what is said; may be empty
 */
public record ChatMessage(String role, String content) {
  /** The role whose words are trained and generated. */
  public static final String ASSISTANT = "assistant";

  public ChatMessage {
    Objects.requireNonNull(content);
    if (role.isBlank()) {
      throw Problem.caller("MISSING_ROLE", "a message has no role")
          .at(Problem.FIELD, "messages.role")
          .mend("use system, user or assistant");
    }
  }

  public static ChatMessage system(String content) {
    return new ChatMessage("system", content);
  }

  public static ChatMessage user(String content) {
    return new ChatMessage("user", content);
  }

  public static ChatMessage assistant(String content) {
    return new ChatMessage(ASSISTANT, content);
  }

  boolean isAssistant() {
    return role.equals(ASSISTANT);
  }
}
