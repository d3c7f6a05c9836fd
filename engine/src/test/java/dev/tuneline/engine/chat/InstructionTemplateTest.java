package dev.tuneline.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.Fixtures;
import dev.tuneline.errors.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class InstructionTemplateTest {
  @Test
  void writesPromptsAsTheReferenceDoes() {
    JsonNode cases = Fixtures.json("chat/instruction_cases.json").path("cases");
    assertThat(cases).isNotEmpty();
    for (JsonNode c : cases) {
      String instruction = c.path("instruction").asText();
      @Nullable String input = c.path("input").isNull() ? null : c.path("input").asText();
      for (String name : InstructionTemplate.names()) {
        assertThat(InstructionTemplate.named(name).prompt(instruction, input))
            .isEqualTo(c.path("prompts").path(name).textValue());
      }
      String said = InstructionTemplate.userText(instruction, input);
      assertThat(said).isEqualTo(c.path("user_text_for_chat_templates").textValue());
      for (String chat : List.of("chatml", "chatglm3", "human_assistant")) {
        assertThat(template(chat).render(List.of(ChatMessage.user(said)), true))
            .isEqualTo(c.path("prompts").path(chat).textValue());
      }
    }
  }

  @Test
  void namesTheTemplatesThatThereAre() {
    Problem problem =
        catchThrowableOfType(Problem.class, () -> InstructionTemplate.named("alpacca"));
    assertThat(problem.reason()).isEqualTo("UNKNOWN_INSTRUCTION_TEMPLATE");
    assertThat(problem.details().get(Problem.MEND)).contains("alpaca", "human_assistant");
  }

  private static ChatTemplate template(String name) {
    JsonNode entry = Fixtures.json("chat/templates.json").path(name);
    return new ChatTemplate(
        entry.path("jinja").asText(),
        entry.path("bos_token").asText(),
        entry.path("eos_token").asText());
  }
}
