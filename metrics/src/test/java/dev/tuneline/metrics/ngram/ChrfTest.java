package dev.tuneline.metrics.ngram;

import static dev.tuneline.metrics.Golden.closely;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.metrics.Golden;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChrfTest {
  static Stream<JsonNode> pairs() {
    return Stream.concat(Golden.pairs().stream(), Golden.randomPairs().stream());
  }

  @ParameterizedTest(name = "{index}")
  @MethodSource("pairs")
  void equalsSacreBleuOverOnePair(JsonNode pair) {
    Chrf chrf = new Chrf();
    chrf.add(Golden.answer(pair), Golden.reference(pair));

    double expected = pair.get("chrf").doubleValue();
    assertThat(chrf.score()).isCloseTo(expected, closely(expected));
  }

  @Test
  void equalsSacreBleuOverACorpus() {
    Chrf chrf = new Chrf();
    Golden.randomPairs().forEach(p -> chrf.add(Golden.answer(p), Golden.reference(p)));

    double expected = Golden.json("pairs-corpus.json").get("chrf").doubleValue();
    assertThat(chrf.score()).isCloseTo(expected, closely(expected));
  }
}
