package dev.tuneline.platform.examples.repeats;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeakageTest {
  private static final int N = 13;
  private static final String PHRASE = "one two three four five six seven eight nine ten a b c";

  @TempDir Path folder;

  @Test
  void aSharedQuestionAndASharedNGramAreLeaks() {
    try (Leakage leakage = new Leakage(N, 1 << 10, folder)) {
      leakage.addHeldOut(tokens("Is it so?"), tokens("Is it so? x " + PHRASE + " y"));
      leakage.addTrain(0, tokens("nothing"), tokens("nothing in common"));
      leakage.addTrain(1, tokens("is it so"), tokens("is it so no"));
      leakage.addTrain(2, tokens("other"), tokens("other " + PHRASE + " end"));
      leakage.addTrain(3, tokens("twelve"), tokens(PHRASE.substring(4) + " z"));

      Leakage.Found found = leakage.find();

      assertThat(found.questions().stream()).containsExactly(1);
      assertThat(found.grams().stream()).containsExactly(2);
    }
  }

  @Test
  void whatMoreThanTenTrainExamplesHoldIsAPhrase() {
    for (int holders : new int[] {10, 11}) {
      try (Leakage leakage = new Leakage(N, 1 << 10, folder)) {
        leakage.addHeldOut(tokens("q"), tokens(PHRASE));
        for (int i = 0; i < holders; i++) {
          leakage.addTrain(i, tokens("t" + i), tokens(PHRASE));
        }

        assertThat(leakage.find().grams().cardinality()).isEqualTo(holders > 10 ? 0 : 10);
      }
    }
  }

  /** Against sets in memory, with so little memory that the filter is full and runs are many. */
  @Test
  void findsWhatSetsFind() {
    Random random = new Random(2);
    List<long[]> held = new ArrayList<>();
    List<long[]> train = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      (i % 5 == 0 ? held : train).add(random.longs(30, 0, 4).toArray());
    }
    Set<Long> known = new HashSet<>();
    held.forEach(tokens -> add(known, tokens));
    BitSet expected = new BitSet();
    for (int i = 0; i < train.size(); i++) {
      Set<Long> own = new HashSet<>();
      add(own, train.get(i));
      own.retainAll(known);
      expected.set(i, !own.isEmpty());
    }
    try (Leakage leakage = new Leakage(7, 200, folder)) {
      held.forEach(tokens -> leakage.addHeldOut(new long[0], tokens));
      for (int i = 0; i < train.size(); i++) {
        leakage.addTrain(i, new long[0], train.get(i));
      }

      assertThat(leakage.find().grams()).isEqualTo(expected);
    }
    assertThat(expected.cardinality()).isBetween(20, 300);
  }

  @Test
  void aQuestionWithSeveralAnswersIsAConflict() {
    try (Conflicts conflicts = new Conflicts(64, folder)) {
      conflicts.add(0, 7, 1);
      conflicts.add(1, 8, 1);
      conflicts.add(2, 7, 1);
      conflicts.add(3, 7, 2);
      conflicts.add(4, 8, 1);
      conflicts.add(5, -9, 1);
      conflicts.add(6, -9, 3);

      Conflicts.Found found = conflicts.find();

      assertThat(found.questions()).isEqualTo(2);
      assertThat(found.firsts().stream()).containsExactly(0, 5);
      assertThat(found.others().stream()).containsExactly(2, 3, 6);
    }
  }

  private static void add(Set<Long> grams, long[] tokens) {
    for (long gram : NGrams.of(tokens, 7)) {
      grams.add(gram);
    }
  }

  private static long[] tokens(String text) {
    return NGrams.tokens(text);
  }
}
