package dev.tuneline.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;

/**
 * Shows one stage of work: a bar with an ETA on an interactive terminal, elsewhere a line at each
 * tenth of the way and at least every {@link #QUIET}. Safe for use by several threads.
 */
final class StageBar {
  private static final int CELLS = 24;
  private static final int NAME_COLUMNS = 16;
  private static final Duration QUIET = Duration.ofSeconds(15);

  private final Terminal terminal;
  private final String name;
  private final InstantSource clock;
  private final Instant began;
  private long done;
  private long total;
  private String note = "";
  private Duration eta = Duration.ZERO;
  private long saidTenths = -1;
  private Instant saidAt;
  private boolean ended;

  /** A stage that begins now. */
  StageBar(Terminal terminal, String name, InstantSource clock) {
    this.terminal = terminal;
    this.name = name;
    this.clock = clock;
    this.began = clock.instant();
    this.saidAt = began;
    show();
  }

  /** Progress whose remaining time is estimated from the pace so far. */
  synchronized void update(long done, long total, String note) {
    Duration elapsed = elapsed();
    Duration estimate =
        done > 0 && total > done
            ? Duration.ofMillis((long) ((double) elapsed.toMillis() / done * (total - done)))
            : Duration.ZERO;
    update(done, total, note, estimate);
  }

  /**
   * Progress with a remaining time that somebody else knows.
   *
   * @param total 0 when it is not known
   * @param note what else to show, e.g. the loss
   */
  synchronized void update(long done, long total, String note, Duration eta) {
    this.done = done;
    this.total = total;
    this.note = note;
    this.eta = eta;
    show();
  }

  /** Shows that time passes. */
  synchronized void tick() {
    if (!ended) {
      show();
    }
  }

  /** Ends the stage with a line that stays. */
  synchronized void end(String summary) {
    if (ended) {
      return;
    }
    ended = true;
    terminal.line(
        label() + "done in " + Figures.took(elapsed()) + (summary.isEmpty() ? "" : "  " + summary));
  }

  /** Ends the stage because the work failed. */
  synchronized void fail() {
    if (!ended) {
      ended = true;
      terminal.line(label() + "failed after " + Figures.took(elapsed()));
    }
  }

  private void show() {
    if (terminal.interactive()) {
      terminal.transientLine(label() + bar());
      return;
    }
    if (saidTenths < 0) {
      saidTenths = 0;
      terminal.line(label() + "started");
      return;
    }
    long tenths = total > 0 ? done * 10 / total : 0;
    Instant now = clock.instant();
    if (tenths > saidTenths || Duration.between(saidAt, now).compareTo(QUIET) >= 0) {
      saidTenths = tenths;
      saidAt = now;
      terminal.line(label() + (total > 0 ? bar() : "running for " + Figures.took(elapsed())));
    }
  }

  private String bar() {
    if (total <= 0) {
      return "[" + pulse() + "]  " + Figures.clock(elapsed()) + spaced(note);
    }
    int filled = (int) Math.min(CELLS, done * CELLS / total);
    return "["
        + "#".repeat(filled)
        + ".".repeat(CELLS - filled)
        + "] "
        + String.format(Locale.ROOT, "%3d%%", Math.min(100, done * 100 / total))
        + spaced(note)
        + (done < total ? "  ETA " + (done == 0 ? "-:--" : Figures.clock(eta)) : "");
  }

  private String pulse() {
    int at = (int) (elapsed().toMillis() / 250 % CELLS);
    return ".".repeat(at) + "#" + ".".repeat(CELLS - at - 1);
  }

  private String label() {
    return name + " ".repeat(Math.max(1, NAME_COLUMNS - name.length()));
  }

  private Duration elapsed() {
    return Duration.between(began, clock.instant());
  }

  private static String spaced(String text) {
    return text.isEmpty() ? "" : "  " + text;
  }
}
