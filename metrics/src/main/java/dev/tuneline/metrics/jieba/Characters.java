package dev.tuneline.metrics.jieba;

/** The classes of characters that jieba's regular expressions tell apart. */
final class Characters {
  static final char FIRST_HAN = '\u4E00';
  static final char LAST_HAN = '\u9FD5';

  private Characters() {}

  static boolean isHan(char c) {
    return c >= FIRST_HAN && c <= LAST_HAN;
  }

  static boolean isLatin(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c);
  }

  static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** What may belong to a word of more than one character. */
  static boolean isOfWords(char c) {
    return isHan(c) || isLatin(c) || "+#&._%-".indexOf(c) >= 0;
  }
}
