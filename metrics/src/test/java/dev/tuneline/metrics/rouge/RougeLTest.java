package dev.tuneline.metrics.rouge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class RougeLTest {
  private static final Offset<Double> EXACT = within(1e-12);

  @Test
  void countsCharactersOutsideTheBasicPlaneOnce() {
    Score score = RougeL.overCharacters("𠮷野家", "𠮷");

    assertThat(score.recall()).isEqualTo(1);
    assertThat(score.precision()).isCloseTo(1.0 / 3, EXACT);
  }

  @Test
  void dropsEverySpace() {
    assertThat(RougeL.overCharacters(" 劳动\u3000合同\n\n\u00a0", "劳动合同").f1())
        .isEqualTo(RougeL.overCharacters("劳动合同", "劳动合同").f1());
  }

  @Test
  void followsTheOrderOfCharacters() {
    assertThat(RougeL.overCharacters("cba", "abc").recall()).isCloseTo(1.0 / 3, EXACT);
    assertThat(RougeL.overCharacters("axbxc", "abc").recall()).isEqualTo(1);
  }

  @Test
  void scoresAnEmptySideZero() {
    assertThat(RougeL.overCharacters("", "好")).isEqualTo(Score.ZERO);
    assertThat(RougeL.overCharacters("好", " ")).isEqualTo(Score.ZERO);
    assertThat(Score.ZERO.f1()).isZero();
  }
}
