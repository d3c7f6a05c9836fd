package dev.tuneline.evaluator.metric;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RougeLTest {
  private static final Offset<Double> EXACT = within(1e-9);

  record Case(
      String tag, List<String> answer, List<String> reference, double r, double p, double f) {
    @Override
    public String toString() {
      return tag;
    }
  }

  static Stream<Case> cases() throws IOException {
    try (InputStream file = RougeLTest.class.getResourceAsStream("/fixtures/rouge_l.tsv")) {
      String text = new String(Objects.requireNonNull(file).readAllBytes(), UTF_8);
      return text
          .lines()
          .filter(line -> !line.startsWith("#"))
          .map(RougeLTest::parse)
          .toList()
          .stream();
    }
  }

  private static Case parse(String line) {
    String[] cells = line.split("\t", -1);
    return new Case(
        cells[0],
        words(cells[1]),
        words(cells[2]),
        Double.parseDouble(cells[3]),
        Double.parseDouble(cells[4]),
        Double.parseDouble(cells[5]));
  }

  private static List<String> words(String cell) {
    return cell.isEmpty() ? List.of() : Arrays.asList(cell.split(" ", -1));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsRougeChineseOverTheSameWords(Case c) {
    RougeL score = RougeL.overWords(c.answer(), c.reference());

    assertThat(score.recall()).isCloseTo(c.r(), EXACT);
    assertThat(score.precision()).isCloseTo(c.p(), EXACT);
    assertThat(score.f1()).isCloseTo(c.f(), EXACT);
  }

  @Test
  void countsCharactersOutsideTheBasicPlaneOnce() {
    RougeL score = RougeL.overCharacters("𠮷野家", "𠮷");

    assertThat(score.recall()).isEqualTo(1);
    assertThat(score.precision()).isCloseTo(1.0 / 3, EXACT);
  }

  @Test
  void dropsEverySpace() {
    assertThat(RougeL.overCharacters(" 劳动\u3000合同\n\u00a0", "劳动合同").f1())
        .isEqualTo(RougeL.overCharacters("劳动合同", "劳动合同").f1());
  }

  @Test
  void followsTheOrderOfCharacters() {
    assertThat(RougeL.overCharacters("cba", "abc").recall()).isCloseTo(1.0 / 3, EXACT);
    assertThat(RougeL.overCharacters("axbxc", "abc").recall()).isEqualTo(1);
  }
}
