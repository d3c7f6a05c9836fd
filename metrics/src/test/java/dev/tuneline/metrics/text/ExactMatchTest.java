package dev.tuneline.metrics.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.Golden;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExactMatchTest {
  static Stream<JsonNode> pairs() {
    return Golden.pairs().stream();
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void agreesWithPython(JsonNode pair) {
    assertMatch(ExactMatch.RAW, pair, "exact_match");
    assertMatch(ExactMatch.STRIPPED, pair, "exact_match_stripped");
    assertMatch(ExactMatch.NORMALISED, pair, "exact_match_nfkc_lower_strip");
  }

  @Test
  void stripsWhatPythonCallsSpace() {
    assertThat(ExactMatch.STRIPPED.matches("\u00a0\u3000\u0085好\u001c", "好")).isTrue();
    assertThat(ExactMatch.STRIPPED.matches("\u200b好", "好")).isFalse();
  }

  @Test
  void lowersAsPython() {
    assertThat(PythonText.lower("ΟΔΟΣ İ")).isEqualTo("οδος i\u0307");
  }

  private static void assertMatch(ExactMatch strictness, JsonNode pair, String key) {
    assertThat(strictness.matches(Golden.answer(pair), Golden.reference(pair)))
        .isEqualTo(pair.get(key).booleanValue());
  }
}
