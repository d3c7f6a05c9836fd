package dev.tuneline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Goal FIVE = new Goal.AtMost(5);
  private static final Goal TWICE = new Goal.TimesBetter(2);

  @Test
  void saysHowManyTimesBetterOursIs() {
    assertThat(new Figure("time", new Medians(2, 6.0), "s", FIVE).ratio()).isEqualTo(3);
    assertThat(new Figure("rate", new Medians(2, 6.0), "rows/s", TWICE).ratio()).isEqualTo(1.0 / 3);
    assertThat(new Figure("time", new Medians(2, null), "s", FIVE).ratio()).isNull();
  }

  @Test
  void judgesOursOrTheRatio() {
    assertThat(new Figure("time", new Medians(6, 60.0), "s", FIVE).met()).isFalse();
    assertThat(new Figure("time", new Medians(6, 60.0), "s", TWICE).met()).isTrue();
    assertThat(new Figure("time", new Medians(6, null), "s", TWICE).met()).isNull();
  }

  @Test
  void takesMediansOfRoundsInTurn() {
    Iterator<Double> ours = List.of(3.0, 1.0, 2.0).iterator();
    Iterator<Double> peer = List.of(9.0, 8.0, 1.0).iterator();

    assertThat(Medians.alternating(3, ours::next, peer::next)).isEqualTo(new Medians(2, 8.0));
  }

  @Test
  void writesAListForPrograms(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("figures.json");
    Report.write(List.of(new Figure("time", new Medians(2, null), "s", TWICE)), file);

    JsonNode expected =
        new ObjectMapper()
            .readTree(
                """
                [{"name": "time", "ours": 2.0, "peer": null, "ratio": null, "unit": "s",
                  "goal": ">= 2"}]
                """);
    assertThat(new ObjectMapper().readTree(file.toFile())).isEqualTo(expected);
  }
}
