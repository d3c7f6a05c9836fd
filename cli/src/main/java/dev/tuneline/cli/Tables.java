package dev.tuneline.cli;

import com.google.protobuf.ProtocolMessageEnum;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Timestamps;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of cells, aligned; and the short forms that stand in them. */
final class Tables {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
          .withZone(ZoneId.systemDefault());
  private static final int SHORT_ID_CHARS = 12;

  private final List<List<String>> rows = new ArrayList<>();

  /** An empty table with a heading. */
  Tables(String... heading) {
    rows.add(List.of(heading));
  }

  void row(String... cells) {
    rows.add(List.of(cells));
  }

  /** Prints the table. */
  void show(Terminal terminal) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], width(row.get(i)));
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - width(row.get(i)) + 2));
      }
      terminal.line(line.toString().stripTrailing());
    }
  }

  /** Terminal cells that a text takes: East Asian wide characters take two. */
  static int width(String text) {
    return text.codePoints().map(c -> wide(c) ? 2 : 1).sum();
  }

  private static boolean wide(int codePoint) {
    return (codePoint >= 0x1100 && codePoint <= 0x115F)
        || (codePoint >= 0x2E80 && codePoint <= 0xA4CF)
        || (codePoint >= 0xAC00 && codePoint <= 0xD7A3)
        || (codePoint >= 0xF900 && codePoint <= 0xFAFF)
        || (codePoint >= 0xFE30 && codePoint <= 0xFE6F)
        || (codePoint >= 0xFF00 && codePoint <= 0xFF60)
        || (codePoint >= 0xFFE0 && codePoint <= 0xFFE6)
        || (codePoint >= 0x1F300 && codePoint <= 0x1FAFF)
        || (codePoint >= 0x20000 && codePoint <= 0x3FFFD);
  }

  /** The first characters of a digest. */
  static String shortId(String id) {
    return id.length() <= SHORT_ID_CHARS ? id : id.substring(0, SHORT_ID_CHARS);
  }

  /** {@code training} for {@code JOB_STATE_TRAINING}. */
  static String name(ProtocolMessageEnum constant) {
    String unspecified = constant.getDescriptorForType().getValues().getFirst().getName();
    int prefix = unspecified.length() - "UNSPECIFIED".length();
    return constant.getValueDescriptor().getName().substring(prefix).toLowerCase(Locale.ROOT);
  }

  /** A point in time, in the zone of the machine. */
  static String time(Timestamp timestamp) {
    return TIME.format(Instant.ofEpochMilli(Timestamps.toMillis(timestamp)));
  }
}
