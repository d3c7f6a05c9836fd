package dev.tuneline.platform.examples.repeats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearDuplicatesTest {
  private static final int N = 5;

  @TempDir Path folder;

  /** Against the true Jaccard similarity of all pairs of texts, each edited from another or not. */
  @ParameterizedTest
  @CsvSource({"0.5, false", "0.7, true", "0.8, false", "0.8, true", "0.9, true"})
  void findsNearlyAllPairsAboveTheThresholdAndNoneBelow(double threshold, boolean chinese) {
    List<long[]> sets = texts(800, chinese).stream().map(NearDuplicatesTest::grams).toList();
    BitSet expected = new BitSet();
    for (int i = 0; i < sets.size(); i++) {
      for (int j = 0; j < i && !expected.get(i); j++) {
        expected.set(i, NGrams.jaccard(sets.get(i), sets.get(j)) >= threshold);
      }
    }

    NearDuplicates.Found found = find(sets, threshold, 1 << 10);

    BitSet wrong = (BitSet) found.repeated().clone();
    wrong.andNot(expected);
    BitSet missed = (BitSet) expected.clone();
    missed.andNot(found.repeated());
    assertThat(wrong.cardinality()).as("precision is 1").isZero();
    assertThat(expected.cardinality()).isGreaterThan(20);
    assertThat((double) missed.cardinality() / expected.cardinality())
        .as("%d of %d missed", missed.cardinality(), expected.cardinality())
        .isLessThan(0.05);
    assertThat(found.groups()).isPositive();
    assertThat(find(sets, threshold, 1 << 22).repeated())
        .as("memory changes nothing")
        .isEqualTo(found.repeated());
  }

  @Test
  void bandsPromiseWhatTheyFind() {
    for (double threshold : new double[] {0.3, 0.5, 0.8, 0.9, 1}) {
      MinHash minHash = new MinHash(threshold);
      assertThat(minHash.recall(threshold)).isGreaterThanOrEqualTo(0.95);
      assertThat(minHash.recall(0.5 * threshold)).as("%f", threshold).isLessThan(0.8);
    }
  }

  /** The formula holds for what is measured: 400 pairs of sets of a known similarity. */
  @Test
  void setsAgreeInABandAsOftenAsTheFormulaSays() {
    MinHash minHash = new MinHash(0.8);
    Random random = new Random(11);
    int together = 0;
    for (int pair = 0; pair < 400; pair++) {
      long[] one = random.longs(300).toArray();
      long[] other = one.clone();
      for (int i = 0; i < 75; i++) {
        other[i] = random.nextLong(); // 225 of 375
      }
      long[] left = minHash.bands(one);
      long[] right = minHash.bands(other);
      boolean agree = false;
      for (int band = 0; band < left.length; band++) {
        agree |= left[band] == right[band];
      }
      together += agree ? 1 : 0;
    }
    assertThat(together / 400.0).isCloseTo(minHash.recall(0.6), within(0.08));
  }

  @Test
  void theFirstOfAGroupStaysAndTextsWithoutTokensAreLikeNothing() {
    List<long[]> sets =
        List.of("!", "one two three four five six", "?", "one two, three four five SIX!", "else")
            .stream()
            .map(NearDuplicatesTest::grams)
            .toList();

    NearDuplicates.Found found = find(sets, 0.8, 1 << 10);

    assertThat(found.repeated().stream()).containsExactly(3);
    assertThat(found.groups()).isEqualTo(1);
  }

  private NearDuplicates.Found find(List<long[]> sets, double threshold, int memoryBytes) {
    MinHash minHash = new MinHash(threshold);
    try (NearDuplicates near = new NearDuplicates(threshold, memoryBytes, folder)) {
      for (int i = 0; i < sets.size(); i++) {
        near.add(i, minHash.bands(sets.get(i)));
      }
      return near.find(sets.size(), sets::get);
    }
  }

  private static long[] grams(String text) {
    return NGrams.of(NGrams.tokens(text), N);
  }

  private static List<String> texts(int count, boolean chinese) {
    Random random = new Random(7);
    List<List<String>> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      List<String> words = new ArrayList<>();
      if (i > 0 && random.nextInt(3) == 0) {
        words.addAll(texts.get(random.nextInt(i)));
        for (int edits = random.nextInt(5); edits >= 0; edits--) {
          words.set(random.nextInt(words.size()), word(random, chinese));
        }
      } else {
        for (int length = 40 + random.nextInt(120); length > 0; length--) {
          words.add(word(random, chinese));
        }
      }
      texts.add(words);
    }
    return texts.stream().map(words -> String.join(chinese ? "" : " ", words)).toList();
  }

  private static String word(Random random, boolean chinese) {
    return chinese
        ? Character.toString(0x4e00 + random.nextInt(3_000))
        : Integer.toString(random.nextInt(5_000), 36);
  }
}
