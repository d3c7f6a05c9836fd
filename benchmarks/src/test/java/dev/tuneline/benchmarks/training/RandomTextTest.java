package dev.tuneline.benchmarks.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuneline.engine.training.TrainingExample;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RandomTextTest {
  private static final int VOCABULARY = 1000;

  @Test
  void masksHalfOfEquallyLongExamples() {
    List<TrainingExample> examples = new RandomText(VOCABULARY, 1).equallyLong(5, 256);

    assertThat(examples)
        .hasSize(5)
        .allMatch(e -> e.length() == 256 && e.labelTokens() == 128)
        .allMatch(e -> Arrays.stream(e.ids()).allMatch(id -> id >= 0 && id < VOCABULARY));
  }

  @Test
  void drawsRealisticLengths() {
    List<TrainingExample> examples = new RandomText(VOCABULARY, 1).supervised(2000);

    assertThat(examples).allMatch(e -> e.length() >= 20 && e.length() <= 600);
    int[] lengths = examples.stream().mapToInt(TrainingExample::length).sorted().toArray();
    // The geometric mean of 20 and 600 is 109.5.
    assertThat(lengths[1000]).isBetween(100, 120);
    assertThat(examples).allMatch(e -> Math.abs(e.labelTokens() - 0.4 * e.length()) <= 0.5 + 1e-9);
  }

  @Test
  void drawsFrequentTokensAsOftenAsZipfSays() {
    int[] ids =
        new RandomText(VOCABULARY, 1)
            .equallyLong(100, 1000).stream().flatMapToInt(e -> Arrays.stream(e.ids())).toArray();
    long first = Arrays.stream(ids).filter(id -> id == 0).count();
    long tenth = Arrays.stream(ids).filter(id -> id == 9).count();

    assertThat((double) first / tenth).isBetween(9.0, 11.0);
  }

  @Test
  void survivesItsFile(@TempDir Path folder) throws IOException {
    List<TrainingExample> examples = new RandomText(VOCABULARY, 1).supervised(3);
    Path file = folder.resolve("examples.jsonl");
    ExampleFile.write(file, examples);

    assertThat(ExampleFile.read(file))
        .zipSatisfy(
            examples,
            (read, written) -> {
              assertThat(read.ids()).isEqualTo(written.ids());
              assertThat(read.labels()).isEqualTo(written.labels());
            });
  }
}
