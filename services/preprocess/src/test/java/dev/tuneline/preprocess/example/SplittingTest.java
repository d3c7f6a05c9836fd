package dev.tuneline.preprocess.example;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.platform.examples.Example;
import dev.tuneline.proto.v1.Split;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplittingTest {
  private static final Example.Source NOWHERE = new Example.Source("", 0);

  private final Splitting splitting = new Splitting(80, 10);

  @Test
  void oneQuestionStaysOnOneSide() {
    for (int i = 0; i < 200; i++) {
      Split split = splitting.of(Example.of("Question " + i + "?", "a", NOWHERE));

      assertThat(splitting.of(Example.of(" question\n" + i + "？", "b", NOWHERE))).isEqualTo(split);
    }
  }

  @Test
  void partsAreAboutAsLargeAsAskedFor() {
    Map<Split, Integer> counts = new EnumMap<>(Split.class);
    for (int i = 0; i < 10_000; i++) {
      counts.merge(splitting.of(Example.of("q" + i, "a", NOWHERE)), 1, Integer::sum);
    }

    assertThat(counts.get(Split.SPLIT_TRAIN)).isBetween(7_800, 8_200);
    assertThat(counts.get(Split.SPLIT_VALIDATION)).isBetween(850, 1_150);
    assertThat(counts.get(Split.SPLIT_TEST)).isBetween(850, 1_150);
  }
}
