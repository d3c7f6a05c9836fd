package dev.tuneline.metrics.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Python's {@code str.isspace}, {@code strip}, {@code rstrip}, {@code split} and {@code lower}. */
public final class PythonText {
  private static final int NEXT_LINE = 0x85;

  private PythonText() {}

  /** Whether a code point is white space to Python: any Unicode space, also the non-breaking. */
  public static boolean isSpace(int codePoint) {
    return Character.isWhitespace(codePoint)
        || Character.isSpaceChar(codePoint)
        || codePoint == NEXT_LINE;
  }

  /** {@code text} without white space at its ends. */
  public static String strip(String text) {
    int begin = 0;
    int end = stripTrailing(text).length();
    while (begin < end && isSpace(text.charAt(begin))) {
      begin++;
    }
    return text.substring(begin, end);
  }

  /** {@code text} without white space at its end. */
  public static String stripTrailing(String text) {
    int end = text.length();
    while (end > 0 && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(0, end);
  }

  /** The runs of other characters between white space; none is empty. */
  public static List<String> split(String text) {
    List<String> words = new ArrayList<>();
    int begin = 0;
    for (int i = 0; i <= text.length(); i++) {
      if (i == text.length() || isSpace(text.charAt(i))) {
        if (i > begin) {
          words.add(text.substring(begin, i));
        }
        begin = i + 1;
      }
    }
    return words;
  }

  public static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
