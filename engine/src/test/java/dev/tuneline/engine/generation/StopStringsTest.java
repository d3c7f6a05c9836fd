package dev.tuneline.engine.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class StopStringsTest {
  @Test
  void holdsBackWhatMayBecomeAStopString() {
    StopStrings stops = new StopStrings(List.of("<end>", "。。"));
    assertThat(stops.push("a<e")).isEqualTo("a");
    assertThat(stops.push("x")).isEqualTo("<ex");
    assertThat(stops.push("。")).isEmpty();
    assertThat(stops.push("<en")).isEqualTo("。");
    assertThat(stops.push("d>tail")).isEmpty();
    assertThat(stops.stopped()).isTrue();
    assertThat(stops.push("more")).isEmpty();
    assertThat(stops.finish()).isEmpty();
  }

  @Test
  void theEarliestStopStringWins() {
    StopStrings stops = new StopStrings(List.of("later", "so"));
    assertThat(stops.push("so later")).isEmpty();
    assertThat(stops.stopped()).isTrue();
  }

  @Test
  void givesOutWhatWasHeldAtTheEnd() {
    StopStrings stops = new StopStrings(List.of("stop"));
    assertThat(stops.push("a sto")).isEqualTo("a ");
    assertThat(stops.finish()).isEqualTo("sto");
    assertThat(stops.stopped()).isFalse();
  }
}
