package dev.tuneline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class StageBarTest {
  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
  private final InstantSource clock = now::get;

  @Test
  void plainOutputIsWholeLinesAndFew() {
    RecordedTerminal recorded = new RecordedTerminal(false);
    StageBar bar = new StageBar(recorded.terminal, "training", clock);
    for (int step = 1; step <= 100; step++) {
      pass(Duration.ofMillis(100));
      bar.update(step, 100, "loss 1.5");
      bar.tick();
    }
    bar.end("loss 1.5");

    assertThat(recorded.out()).doesNotContain("\r");
    assertThat(recorded.out().lines().toList())
        .hasSize(12)
        .first()
        .asString()
        .startsWith("training        started");
    assertThat(recorded.out()).contains("50%  loss 1.5  ETA 0:05").contains("done in 10.0 s");
  }

  @Test
  void plainOutputSaysThatALongStageLives() {
    RecordedTerminal recorded = new RecordedTerminal(false);
    StageBar bar = new StageBar(recorded.terminal, "evaluating", clock);
    for (int second = 0; second < 60; second++) {
      pass(Duration.ofSeconds(1));
      bar.tick();
    }

    assertThat(recorded.out().lines()).hasSize(5);
    assertThat(recorded.out()).contains("running for 30.0 s");
  }

  @Test
  void interactiveOutputRewritesOneLine() {
    RecordedTerminal recorded = new RecordedTerminal(true);
    StageBar bar = new StageBar(recorded.terminal, "training", clock);
    bar.update(30, 120, "step 30/120", Duration.ofSeconds(75));

    assertThat(recorded.out())
        .doesNotContain("\n")
        .endsWith("\rtraining        [######..................]  25%  step 30/120  ETA 1:15");
    bar.end("");
    assertThat(recorded.out()).endsWith("training        done in 0.0 s" + System.lineSeparator());
  }

  @Test
  void endsOnce() {
    RecordedTerminal recorded = new RecordedTerminal(false);
    StageBar bar = new StageBar(recorded.terminal, "training", clock);
    bar.fail();
    bar.end("");
    bar.tick();

    assertThat(recorded.out().lines()).hasSize(2);
  }

  private void pass(Duration time) {
    now.updateAndGet(instant -> instant.plus(time));
  }
}
