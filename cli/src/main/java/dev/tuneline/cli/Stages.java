package dev.tuneline.cli;

import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Stages that follow one another, of which one is shown at a time. Safe for several threads. */
final class Stages implements AutoCloseable {
  private final Terminal terminal;
  private final InstantSource clock;
  private final Ticker ticker;
  private @Nullable StageBar bar;
  private String name = "";

  Stages(Terminal terminal, InstantSource clock) {
    this.terminal = terminal;
    this.clock = clock;
    this.ticker = new Ticker(this::tick);
  }

  /** The bar of a stage, which begins now unless it is the current one. */
  synchronized StageBar enter(String stage) {
    StageBar current = bar;
    if (current != null && name.equals(stage)) {
      return current;
    }
    if (current != null) {
      current.end("");
    }
    name = stage;
    StageBar next = new StageBar(terminal, stage, clock);
    bar = next;
    return next;
  }

  /** Ends the current stage, if there is one. */
  synchronized void end(String summary) {
    if (bar != null) {
      bar.end(summary);
      bar = null;
    }
  }

  /** Ends the current stage, if there is one, as failed. */
  synchronized void fail() {
    if (bar != null) {
      bar.fail();
      bar = null;
    }
  }

  private synchronized void tick() {
    if (bar != null) {
      bar.tick();
    }
  }

  @Override
  public void close() {
    ticker.close();
  }
}
