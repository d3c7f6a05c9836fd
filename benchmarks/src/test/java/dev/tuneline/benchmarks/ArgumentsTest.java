package dev.tuneline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tuneline.errors.Problem;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ArgumentsTest {
  @Test
  void takesOptionsInAnyOrder() {
    assertThat(Arguments.parse(List.of("--json", "a.json", "evaluation", "--peer-python", "py")))
        .isEqualTo(new Arguments("evaluation", "py", null, Path.of("a.json")));
    assertThat(Arguments.parse(List.of("training", "--only", "40 M")))
        .isEqualTo(new Arguments("training", null, "40 M", null));
    assertThat(Arguments.parse(List.of("evaluation")))
        .isEqualTo(new Arguments("evaluation", null, null, null));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a --json", "a --fast", "--json"})
  void refusesWhatItDoesNotKnow(String line) {
    List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" "));
    assertThatThrownBy(() -> Arguments.parse(words)).isInstanceOf(Problem.class);
  }
}
