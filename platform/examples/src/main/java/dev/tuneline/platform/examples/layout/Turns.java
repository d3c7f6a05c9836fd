package dev.tuneline.platform.examples.layout;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.tuneline.platform.examples.Example.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads a conversation from a cell that is a JSON list of turns. After an optional system turn,
 * user and assistant must alternate; a user's turn at the end is left out.
 */
final class Turns {
  private static final JsonFactory JSON = new JsonFactory();

  private record Turn(@Nullable String role, @Nullable String content) {}

  private Turns() {}

  static Reading read(String column, @Nullable String cell) {
    List<Turn> turns = cell == null ? List.of() : parse(cell);
    if (turns.isEmpty()) {
      return refused(
          column,
          "MISSING_CONVERSATION",
          "the row has no list of turns; write [{\"role\": \"user\", \"content\": \"...\"}, ...]",
          cell != null);
    }
    List<Message> messages = new ArrayList<>();
    for (Turn turn : turns) {
      Reading.@Nullable Refused flaw = add(turn, messages, column);
      if (flaw != null) {
        return flaw;
      }
    }
    boolean cut = messages.getLast().role().equals("user");
    if (cut) {
      messages.removeLast();
    }
    if (messages.isEmpty() || !messages.getLast().role().equals("assistant")) {
      return refused(
          column, "NO_ASSISTANT_TURN", "nobody answers; add the assistant's turn", false);
    }
    return new Reading.Kept(messages, cut);
  }

  private static Reading.@Nullable Refused add(Turn turn, List<Message> messages, String column) {
    if (turn.role() == null || turn.content() == null) {
      return refused(
          column, "BAD_TURN", "a turn has no role or no text; give it both as texts", false);
    }
    String role =
        switch (turn.role().toLowerCase(Locale.ROOT)) {
          case "system" -> "system";
          case "user", "human" -> "user";
          case "assistant", "gpt", "bot", "model" -> "assistant";
          default -> "";
        };
    if (role.isEmpty()) {
      return refused(
          column, "UNKNOWN_ROLE", "a role is none of system, user and assistant; rename it", false);
    }
    if (role.equals("system")) {
      if (!messages.isEmpty()) {
        return refused(
            column, "SYSTEM_NOT_FIRST", "the system's turn comes late; put it first", false);
      }
    } else {
      boolean asked = !messages.isEmpty() && messages.getLast().role().equals("user");
      if (asked == role.equals("user")) {
        return refused(
            column,
            "ROLES_DO_NOT_ALTERNATE",
            "user and assistant do not take turns, the user first; merge or remove turns",
            false);
      }
    }
    messages.add(new Message(role, turn.content()));
    return null;
  }

  /** The turns, none when this is no list. */
  private static List<Turn> parse(String cell) {
    List<Turn> turns = new ArrayList<>();
    try (JsonParser json = JSON.createParser(cell)) {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        return List.of();
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        turns.add(turn(json));
      }
    } catch (IOException e) {
      return List.of();
    }
    return turns;
  }

  private static Turn turn(JsonParser json) throws IOException {
    String role = null;
    String content = null;
    if (json.currentToken() == JsonToken.START_OBJECT) {
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        JsonToken token = json.nextToken();
        String text = token == JsonToken.VALUE_STRING ? json.getText() : null;
        switch (name) {
          case "role", "from" -> role = text;
          case "content", "value" -> content = text;
          default -> {}
        }
        json.skipChildren();
      }
    } else {
      json.skipChildren();
    }
    return new Turn(role, content);
  }

  private static Reading.Refused refused(
      String column, String reason, String message, boolean blank) {
    return new Reading.Refused(column, reason, message, blank);
  }
}
