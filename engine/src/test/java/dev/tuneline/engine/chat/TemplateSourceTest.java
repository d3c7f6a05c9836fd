package dev.tuneline.engine.chat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Jinja2 made of the templates, with trim_blocks and lstrip_blocks, is in the resource. */
class TemplateSourceTest {
  private static final List<ChatMessage> MESSAGES =
      List.of(new ChatMessage("user", "\nab<t>\nc"), new ChatMessage("assistant", "d\n\n"));

  static Stream<JsonNode> cases() throws IOException {
    return StreamSupport.stream(
        new ObjectMapper()
            .readTree(
                Objects.requireNonNull(
                    TemplateSourceTest.class.getResourceAsStream("/chat/jinja_cases.json")))
            .spliterator(),
        false);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rendersAsJinjaDoes(JsonNode expected) {
    assertThat(new ChatTemplate(expected.path("template").asText(), "", "").render(MESSAGES, false))
        .isEqualTo(expected.path("output").asText());
  }

  @Test
  void leavesWhatIsInStringsAlone() {
    assertThat(TemplateSource.settled("{{ '-%}{%- .strip(' }}"))
        .isEqualTo("{{ '-%}{%- .strip(' }}");
  }
}
