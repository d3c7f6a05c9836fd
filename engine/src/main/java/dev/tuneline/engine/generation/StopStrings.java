package dev.tuneline.engine.generation;

import java.util.List;

/**
 * Watches streamed text for stop strings, also across token borders.
 *
 * <p>Text that could be the beginning of a stop string is held back until it is decided; a stop
 * string itself is never given out. Not thread-safe.
 */
public final class StopStrings {
  private final List<String> stops;
  private final StringBuilder held = new StringBuilder();
  private boolean stopped;

  /** Watches for any of {@code stops}; empty strings are not allowed. */
  public StopStrings(List<String> stops) {
    if (stops.stream().anyMatch(String::isEmpty)) {
      throw new IllegalArgumentException("a stop string is not empty");
    }
    this.stops = List.copyOf(stops);
  }

  /** Takes more text and returns what may be given out. */
  public String push(String text) {
    if (stopped) {
      return "";
    }
    held.append(text);
    int first = -1;
    for (String stop : stops) {
      int at = held.indexOf(stop);
      if (at >= 0 && (first < 0 || at < first)) {
        first = at;
      }
    }
    if (first >= 0) {
      stopped = true;
      return take(first);
    }
    return take(held.length() - possiblePrefix());
  }

  /** Whether a stop string was seen; nothing is given out after it. */
  public boolean stopped() {
    return stopped;
  }

  /** What was held back and turned out to be no stop string, at the end of the text. */
  public String finish() {
    return stopped ? "" : take(held.length());
  }

  private String take(int length) {
    String text = held.substring(0, length);
    if (stopped) {
      held.setLength(0);
    } else {
      held.delete(0, length);
    }
    return text;
  }

  /** Length of the longest end of the held text that begins a stop string. */
  private int possiblePrefix() {
    int longest = 0;
    for (String stop : stops) {
      for (int n = Math.min(stop.length() - 1, held.length()); n > longest; n--) {
        if (stop.startsWith(held.substring(held.length() - n))) {
          longest = n;
        }
      }
    }
    return longest;
  }
}
