package dev.tuneline.platform.examples.cleaning;

/**
 * Groups of digits with at most a few separators between them, such as {@code 138-0013-8000} or
 * {@code (010) 6512 3456}, as they stand in a text. One object reads one text, from run to run.
 */
final class DigitGroups {
  /** No number that is looked for has more groups or digits. */
  private static final int MAX_GROUPS = 7;

  private static final int MAX_DIGITS = 21;
  private static final int MAX_SEPARATORS = 3;

  private final String text;
  private final int[] starts = new int[MAX_GROUPS];
  private final int[] ends = new int[MAX_GROUPS];
  private final StringBuilder digits = new StringBuilder(MAX_DIGITS + 1);
  private int count;

  DigitGroups(String text) {
    this.text = text;
  }

  /** The value of an ASCII or fullwidth digit, or -1. */
  static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= '０' && c <= '９' ? c - '０' : -1;
  }

  /**
   * Reads the groups from a digit on that none stands before.
   *
   * @return whether the first is whole: no letter stands at it
   */
  boolean read(int start) {
    digits.setLength(0);
    count = 0;
    int at = start;
    while (count < MAX_GROUPS) {
      int end = at;
      while (end < text.length() && digit(text.charAt(end)) >= 0) {
        end++;
      }
      boolean check = digits.length() + end - at == 17 && isX(end);
      end += check ? 1 : 0;
      if (digits.length() + end - at > MAX_DIGITS || isLetter(end) || isLetter(at - 1)) {
        break;
      }
      for (int i = at; i < end; i++) {
        int digit = digit(text.charAt(i));
        digits.append(digit < 0 ? 'X' : (char) ('0' + digit));
      }
      starts[count] = at;
      ends[count++] = end;
      at = check ? text.length() : next(end);
      if (at == text.length()) {
        break;
      }
    }
    return count > 0;
  }

  /** Where the group behind the separators at a place begins, or the text's length. */
  private int next(int from) {
    int i = from;
    while (i < text.length() && i - from < MAX_SEPARATORS && NumberContext.isSeparator(text, i)) {
      i++;
    }
    return i > from && i < text.length() && digit(text.charAt(i)) >= 0 ? i : text.length();
  }

  private boolean isX(int i) {
    return i < text.length() && "Xx".indexOf(text.charAt(i)) >= 0;
  }

  private boolean isLetter(int i) {
    if (i < 0 || i >= text.length()) {
      return false;
    }
    char c = text.charAt(i);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  }

  int count() {
    return count;
  }

  int end(int group) {
    return ends[group];
  }

  int start(int group) {
    return starts[group];
  }

  /** The digits of a group. */
  int length(int group) {
    return ends[group] - starts[group];
  }

  /** The digits of the first groups, an X at their end among them. */
  CharSequence digits(int groups) {
    int length = 0;
    for (int i = 0; i < groups; i++) {
      length += length(i);
    }
    return digits.subSequence(0, length);
  }

  /** How many digits the first groups have. */
  int size(int groups) {
    int length = 0;
    for (int i = 0; i < groups; i++) {
      length += length(i);
    }
    return length;
  }
}
