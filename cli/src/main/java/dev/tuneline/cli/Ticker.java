package dev.tuneline.cli;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Runs something a few times a second until it is closed, so that a display lives on. */
final class Ticker implements AutoCloseable {
  private static final long PERIOD_MS = 250;

  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("ticker").factory());

  Ticker(Runnable tick) {
    var _ = thread.scheduleAtFixedRate(tick, PERIOD_MS, PERIOD_MS, TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
