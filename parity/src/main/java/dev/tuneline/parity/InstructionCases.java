package dev.tuneline.parity;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.chat.ChatMessage;
import dev.tuneline.engine.chat.ChatTemplate;
import dev.tuneline.engine.chat.InstructionTemplate;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code instruction_cases.json}: instructions spelled as prompts of several styles. */
final class InstructionCases {
  private InstructionCases() {}

  static void check(Checks checks, Path file) {
    JsonNode document = Json.read(file);
    Map<String, ChatTemplate> templates =
        ChatCases.templates(file.resolveSibling("templates.json"));
    JsonNode cases = Json.field(document, "cases");
    for (int i = 0; i < cases.size(); i++) {
      String at = "cases[%d] ".formatted(i);
      JsonNode c = cases.get(i);
      String instruction = Json.text(c, "instruction");
      String input = c.path("input").asText("");
      String userText = InstructionTemplate.userText(instruction, input);
      checks.same(
          at + "user_text_for_chat_templates",
          userText,
          Json.text(c, "user_text_for_chat_templates"));
      Json.field(c, "prompts")
          .properties()
          .forEach(
              prompt -> {
                String style = prompt.getKey();
                @Nullable ChatTemplate chat = templates.get(style);
                String actual =
                    chat == null || InstructionTemplate.names().contains(style)
                        ? InstructionTemplate.named(style).prompt(instruction, input)
                        : chat.render(List.of(ChatMessage.user(userText)), true);
                checks.same(at + style, actual, prompt.getValue().asText());
              });
    }
  }
}
