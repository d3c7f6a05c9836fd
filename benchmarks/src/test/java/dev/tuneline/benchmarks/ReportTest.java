package dev.tuneline.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static final Goal HALF = Goal.of("<= 0.50");

  @Test
  void dividesOursByThePeers() {
    assertThat(new Figure("time", new Medians(2, 8.0), "s", HALF).ratio()).isEqualTo(0.25);
    assertThat(new Figure("rate", new Medians(6, 2.0), "rows/s", null).ratio()).isEqualTo(3);
    assertThat(new Figure("time", new Medians(2, null), "s", HALF).ratio()).isNull();
  }

  @Test
  void saysWhetherAGoalIsMet() {
    assertThat(new Figure("time", new Medians(2, 8.0), "s", HALF).met()).isTrue();
    assertThat(new Figure("time", new Medians(8, 8.0), "s", HALF).met()).isFalse();
    assertThat(new Figure("time", new Medians(2, null), "s", HALF).met()).isNull();
    assertThat(new Figure("time", new Medians(2, 8.0), "s", null).met()).isNull();
  }

  @Test
  void takesNoGoalInAnotherUnit() {
    Goal seconds = Goal.of("<= 5 s");
    Medians medians = new Medians(2, null);

    assertThatThrownBy(() -> new Figure("time", medians, "ms", seconds))
        .isInstanceOf(IllegalArgumentException.class);
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
    Report.write(
        List.of(
            new Figure("time", new Medians(2, 8.0), "s", HALF),
            new Figure("memory", new Medians(2, null), "GB", null)),
        file);

    JsonNode expected =
        new ObjectMapper()
            .readTree(
                """
                [{"name": "time", "ours": 2.0, "peer": 8.0, "ratio": 0.25, "unit": "s",
                  "goal": "<= 0.50"},
                 {"name": "memory", "ours": 2.0, "peer": null, "ratio": null, "unit": "GB",
                  "goal": null}]
                """);
    assertThat(new ObjectMapper().readTree(file.toFile())).isEqualTo(expected);
  }
}
