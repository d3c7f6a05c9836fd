package dev.tuneline.platform.examples.repeats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class NGramsTest {
  @Test
  void aTokenIsAWordOrOneCharacterOfAScriptWithoutSpaces() {
    assertThat(NGrams.tokens("Three small words, x2!")).hasSize(4);
    assertThat(NGrams.tokens("借款3000元，怎么办？")).hasSize(7);
    assertThat(NGrams.tokens("mixed中文text")).hasSize(4);
    assertThat(NGrams.tokens("विद्यालय में")).as("vowel signs belong to their word").hasSize(2);
    assertThat(NGrams.tokens("𠀀𠀁")).as("beyond the first plane").hasSize(2);
    assertThat(NGrams.tokens("…?! ")).isEmpty();
  }

  @Test
  void widthCapitalsSpacesAndPunctuationMakeNoDifference() {
    assertThat(NGrams.tokens("ＡＢＣ  Def, 你好。")).isEqualTo(NGrams.tokens("abc def 你 好"));
    assertThat(NGrams.tokens("ab c")).isNotEqualTo(NGrams.tokens("a bc"));
    assertThat(NGrams.tokens("ab")).isNotEqualTo(NGrams.tokens("ba"));
  }

  @Test
  void nGramsAreDifferentAndAscending() {
    long[] tokens = NGrams.tokens("a b a b a c");

    assertThat(NGrams.of(tokens, 2)).hasSize(3).isSorted(); // a b, b a, a c
    assertThat(NGrams.of(tokens, 6)).hasSize(1);
    assertThat(NGrams.of(tokens, 9)).isEqualTo(NGrams.of(tokens, 6));
    assertThat(NGrams.of(new long[0], 5)).isEmpty();
    assertThat(NGrams.of(NGrams.tokens("x a b c"), 3))
        .as("a gram does not know what stands around it")
        .contains(NGrams.of(NGrams.tokens("a b c"), 3)[0]);
  }

  @Test
  void similarityIsWhatIsShared() {
    assertThat(NGrams.jaccard(new long[] {1, 2, 3}, new long[] {2, 3, 4}))
        .isCloseTo(0.5, within(1e-12));
    assertThat(NGrams.jaccard(new long[] {1}, new long[0])).isZero();
    assertThat(NGrams.jaccard(new long[] {-5, 7}, new long[] {-5, 7})).isEqualTo(1);
  }
}
