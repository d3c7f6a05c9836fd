package dev.tuneline.datasets.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 100, 10_000})
  void theFirstOfEachKeyWinsHoweverLittleFitsIntoMemory(int entries) throws IOException {
    Random random = new Random(5);
    Map<String, Long> bestRank = new HashMap<>();
    Map<String, Integer> first = new HashMap<>();
    BitSet winners;
    try (Firsts firsts = new Firsts(folder, entries)) {
      for (int i = 0; i < 300; i++) {
        String key = "key " + random.nextInt(40);
        long rank = random.nextInt(5) - 2L;
        firsts.add(key, rank, i);
        if (rank < bestRank.getOrDefault(key, Long.MAX_VALUE)) {
          bestRank.put(key, rank);
          first.put(key, i);
        }
      }
      winners = firsts.winners();
    }

    assertThat(winners.stream()).containsExactlyInAnyOrderElementsOf(first.values());
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10})
  void allOfTheHighestRankWin(int entries) {
    try (Firsts firsts = new Firsts(folder, entries)) {
      firsts.add("a", 1, 0);
      firsts.add("a", Firsts.ALL_WIN, 1);
      firsts.add("b", 1, 2);
      firsts.add("a", Firsts.ALL_WIN, 3);
      firsts.add("b", 1, 4);

      assertThat(firsts.winners().stream()).containsExactly(1, 2, 3);
    }
  }
}
