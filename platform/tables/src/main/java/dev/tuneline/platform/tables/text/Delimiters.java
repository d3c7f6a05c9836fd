package dev.tuneline.platform.tables.text;

import dev.tuneline.platform.tables.TableLimits;
import dev.tuneline.platform.tables.text.CsvScanner.Scanned;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds a table's delimiter in its first bytes: the one by which most records have as many cells as
 * the first, and at least two.
 */
public final class Delimiters {
  private static final char[] CANDIDATES = {',', '\t', ';', '|', '\u0001'};
  private static final int MAX_RECORDS = 100;
  private static final int MAX_NAME_CHARS = 64;
  private static final double SURE = 0.9;

  private record Fit(char delimiter, double share, int records, int columns, boolean named) {}

  private Delimiters() {}

  /**
   * The delimiter that fits best, whatever else the text may be; empty when none makes two columns.
   *
   * @param start the table's first bytes as UTF-8 without a byte order mark
   * @param whole whether these are all
   */
  public static OptionalInt best(byte[] start, boolean whole) {
    Fit best = bestFit(start, whole);
    return best == null ? OptionalInt.empty() : OptionalInt.of(best.delimiter());
  }

  /**
   * The delimiter of what is a table without doubt: it has two records or more of one width, and
   * its first names the columns in short, different words.
   */
  public static OptionalInt sure(byte[] start, boolean whole) {
    Fit best = bestFit(start, whole);
    return best != null && best.records() > 1 && best.share() >= SURE && best.named()
        ? OptionalInt.of(best.delimiter())
        : OptionalInt.empty();
  }

  private static @Nullable Fit bestFit(byte[] start, boolean whole) {
    Fit best = null;
    for (char delimiter : CANDIDATES) {
      Fit fit = fit(start, whole, delimiter);
      if (fit != null && (best == null || fit.share() > best.share())) {
        best = fit;
      }
    }
    return best;
  }

  private static @Nullable Fit fit(byte[] start, boolean whole, char delimiter) {
    CsvScanner scanner =
        new CsvScanner(new ByteArrayInputStream(start), delimiter, TableLimits.DEFAULT);
    try {
      Scanned header = scanner.next();
      if (header == null || header.flaw() != null || header.count() < 2) {
        return null;
      }
      int records = 0;
      int fitting = 0;
      Scanned record = scanner.next();
      while (record != null && records < MAX_RECORDS) {
        Scanned following = scanner.next();
        if (following == null && !whole) {
          break; // the last one is cut off
        }
        records++;
        fitting += record.count() == header.count() ? 1 : 0;
        record = following;
      }
      double share = records == 0 ? 0 : (double) fitting / records;
      return new Fit(delimiter, share, records + 1, header.count(), isNamed(header));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isNamed(Scanned header) {
    Set<String> names = new HashSet<>();
    return header.cells().stream()
        .map(String::strip)
        .allMatch(name -> !name.isEmpty() && name.length() <= MAX_NAME_CHARS && names.add(name));
  }
}
