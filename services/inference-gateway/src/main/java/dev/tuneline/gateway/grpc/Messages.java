package dev.tuneline.gateway.grpc;

import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.errors.Problem;
import java.util.ArrayList;
import java.util.List;

/** Wire conversations as the engine reads them. */
final class Messages {
  private Messages() {}

  static List<ChatMessage> of(List<dev.tuneline.proto.v1.ChatMessage> messages) {
    List<ChatMessage> turns = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      switch (message.getRole()) {
        case "system", "user", "assistant" ->
            turns.add(new ChatMessage(message.getRole(), message.getContent()));
        default ->
            throw Problem.caller(
                    "INVALID_VALUE", "the role \"" + message.getRole() + "\" is not known")
                .at(Problem.FIELD, "messages[" + i + "].role")
                .mend("use system, user or assistant");
      }
    }
    return turns;
  }
}
