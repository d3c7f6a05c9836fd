package dev.tuneline.cli;

import java.time.Duration;
import java.util.Locale;

/** Numbers as people read them. */
final class Figures {
  private Figures() {}

  /** 1,234. */
  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  /** 0:07, 12:34 or 1:02:03. */
  static String clock(Duration duration) {
    long seconds = Math.max(0, duration.toSeconds());
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** 0.8 s, 45 s or 2:05. */
  static String took(Duration duration) {
    double seconds = duration.toMillis() / 1000.0;
    return seconds < 60 ? String.format(Locale.ROOT, "%.1f s", seconds) : clock(duration);
  }

  /** Four significant decimals. */
  static String score(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }

  /** 512 B, 1.5 MiB. */
  static String bytes(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    String[] units = {"KiB", "MiB", "GiB", "TiB"};
    double value = bytes;
    int unit = -1;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", value, units[unit]);
  }
}
