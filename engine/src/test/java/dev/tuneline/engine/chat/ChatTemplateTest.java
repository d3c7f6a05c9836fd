package dev.tuneline.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuneline.engine.tokenizer.Tokenizer;
import dev.tuneline.errors.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
  private static final Path FIXTURES = Path.of("../fixtures");
  private static final Path MODEL = FIXTURES.resolve("models/qwen2-tied");
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest
  @ValueSource(
      strings = {"chatml", "qwen2.5", "llama3", "chatglm3", "glm4", "human_assistant", "mistral"})
  void rendersAsTheReferenceDoes(String name) throws IOException {
    JsonNode entry = JSON.readTree(FIXTURES.resolve("chat/templates.json").toFile()).path(name);
    ChatTemplate template =
        new ChatTemplate(
            entry.path("jinja").asText(),
            entry.path("bos_token").asText(),
            entry.path("eos_token").asText());
    int cases = 0;
    try (Tokenizer tokenizer = Tokenizer.load(MODEL)) {
      for (String line : Files.readAllLines(FIXTURES.resolve("chat/chat_cases.jsonl"))) {
        JsonNode c = JSON.readTree(line);
        if (c.path("template").asText().equals(name)) {
          check(template, tokenizer, c);
          cases++;
        }
      }
    }
    assertThat(cases).isEqualTo(36);
  }

  private static void check(ChatTemplate template, Tokenizer tokenizer, JsonNode c) {
    List<ChatMessage> messages = messages(c.path("messages"));
    boolean prompt = c.path("add_generation_prompt").asBoolean();
    String as = c.path("case").asText();
    if (c.has("error")) {
      Problem problem =
          catchThrowableOfType(Problem.class, () -> template.render(messages, prompt));
      assertThat(problem.reason()).as(as).isEqualTo("CHAT_TEMPLATE_REFUSED");
      assertThat(problem.message()).as(as).contains(c.path("error").asText());
      return;
    }
    String text = template.render(messages, prompt);
    assertThat(text).as(as).isEqualTo(c.path("text").asText());
    if (c.has("input_ids")) {
      int[] expected = new int[c.path("input_ids").size()];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = c.path("input_ids").get(i).asInt();
      }
      assertThat(tokenizer.encode(text, false)).as(as).containsExactly(expected);
    }
  }

  @Test
  void templateSyntaxInAMessageIsText() {
    String attack = "{{ bos_token }}{% for m in messages %}{{ m }}{% endfor %}{# gone #}";
    assertThat(ChatTemplate.load(MODEL).render(List.of(ChatMessage.user(attack)), false))
        .isEqualTo("<|im_start|>user\n" + attack + "<|im_end|>\n");
  }

  @Test
  void aTemplateFileGoesBeforeTheConfig(@TempDir Path folder) throws IOException {
    Files.copy(MODEL.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
    String fromConfig = ChatTemplate.load(folder).digest();
    Files.writeString(
        folder.resolve("chat_template.jinja"), "{{ messages[0].content }}{{ eos_token }}\n");
    ChatTemplate template = ChatTemplate.load(folder);
    assertThat(template.render(List.of(ChatMessage.user("hi")), true)).isEqualTo("hi<|im_end|>");
    assertThat(template.digest()).hasSize(64).isNotEqualTo(fromConfig);
  }

  @Test
  void ofSeveralTemplatesTheDefaultOneCounts(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        """
        {"eos_token": {"content": "</s>"}, "chat_template": [
          {"name": "tool_use", "template": "tools"},
          {"name": "default", "template": "{{ messages[-1]['content'] ~ eos_token }}"}]}
        """);
    assertThat(ChatTemplate.load(folder).render(List.of(ChatMessage.user("hi")), false))
        .isEqualTo("hi</s>");
  }

  @Test
  void aFolderWithoutTemplateIsTheCallersProblem(@TempDir Path folder) {
    Problem problem = catchThrowableOfType(Problem.class, () -> ChatTemplate.load(folder));
    assertThat(problem.reason()).isEqualTo("MISSING_CHAT_TEMPLATE");
    assertThat(problem.details()).containsKeys(Problem.FILE, Problem.MEND);
  }

  @Test
  void aBrokenTemplateIsOneProblem() {
    ChatTemplate template = new ChatTemplate("{% for m in messages %}{{ m.content }}", "", "");
    Problem problem =
        catchThrowableOfType(
            Problem.class, () -> template.render(List.of(ChatMessage.user("hi")), false));
    assertThat(problem.reason()).isEqualTo("BAD_CHAT_TEMPLATE");
  }

  static List<ChatMessage> messages(JsonNode array) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonNode m : array) {
      messages.add(new ChatMessage(m.path("role").asText(), m.path("content").asText()));
    }
    return messages;
  }
}
