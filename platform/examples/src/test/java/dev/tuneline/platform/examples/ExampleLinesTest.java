package dev.tuneline.platform.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExampleLinesTest {
  private static final Example.Source SOURCE = new Example.Source("a \"b\".csv", 7);

  @Test
  void whatIsWrittenIsRead() {
    List<Example> examples =
        List.of(
            Example.of("房东不退押金\n怎么办？", "先协商。\r\n😀", SOURCE),
            Example.of("", "\u0000\t{{ x }}", new Example.Source("", 0)));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    examples.forEach(example -> file.writeBytes(ExampleLines.line(example)));

    List<Example> read = new ArrayList<>();
    ExampleLines.read(new ByteArrayInputStream(file.toByteArray()), read::add);

    assertThat(read).isEqualTo(examples);
    assertThat(ExampleLines.readFirst(new ByteArrayInputStream(file.toByteArray()), 1))
        .isEqualTo(examples.subList(0, 1));
  }

  @Test
  void theIdFollowsFromTheMessagesAlone() {
    String id = Example.of("ab", "c", SOURCE).id();

    assertThat(Example.of("ab", "c", new Example.Source("other.csv", 1)).id()).isEqualTo(id);
    assertThat(Example.of("a", "bc", SOURCE).id()).isNotEqualTo(id);
    assertThat(id).matches("[0-9a-f]{64}");
  }

  @Test
  void aBrokenLineIsNamed() {
    byte[] good = ExampleLines.line(Example.of("q", "a", SOURCE));
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(good);
    file.writeBytes("{\"id\":\"x\",\"messages\":[]}\n".getBytes(UTF_8));

    assertThatThrownBy(
            () -> ExampleLines.read(new ByteArrayInputStream(file.toByteArray()), example -> {}))
        .isInstanceOfSatisfying(
            Problem.class,
            problem -> {
              assertThat(problem.reason()).isEqualTo("MALFORMED_EXAMPLE");
              assertThat(problem.details()).containsEntry(Problem.LINE, "2");
            });
  }
}
