package dev.tuneline.platform.examples.cleaning;

import java.util.regex.Pattern;

/** What stands around a number and tells what it is. */
final class NumberContext {
  private static final int BEFORE = 16;
  private static final int MAX_EXTENSION = 5;
  private static final int MAX_ADDRESS = 300;

  /** Names of numbers that are no person's. */
  private static final Pattern OTHER_NUMBER =
      Pattern.compile(
          "(?:[单票]号|(?<!证)编号|流水号?|序列号|案号|合同号|凭证号|发票号码?|交易号"
              + "|(?:order|invoice|tracking|serial|transaction)\\s*(?:no\\.?|number|id|#)?)"
              + "\\s*[:：#为是]*\\s*$",
          Pattern.CASE_INSENSITIVE);

  private static final String CURRENCIES = "¥￥$€£";
  private static final String UNITS = "元块股吨件个次条份";

  private NumberContext() {}

  /** Whether groups of digits may go on behind this character. */
  static boolean isSeparator(String text, int i) {
    if (i >= text.length()) {
      return false;
    }
    return switch (text.charAt(i)) {
      case ' ', '-', '.', '(', ')', '（', '）' -> true;
      case '\u00A0', '\u2010', '\u2011', '\u2013', '\u3000' -> true;
      default -> false;
    };
  }

  /** Whether a plus that belongs to the number stands before it. */
  static boolean isPlus(String text, int start) {
    return start > 0
        && "+＋".indexOf(text.charAt(start - 1)) >= 0
        && (start == 1 || !isAlphanumeric(text.charAt(start - 2)));
  }

  /** Whether a digit stands before it with nothing but a mark between, as in 3.14 or A-1-2. */
  static boolean isGlued(String text, int start) {
    return start > 1
        && "-.".indexOf(text.charAt(start - 1)) >= 0
        && isAlphanumeric(text.charAt(start - 2));
  }

  /** Whether a fraction, or the rest of an e-mail address, follows. */
  static boolean isDecimal(String text, int end) {
    if (end >= text.length()) {
      return false;
    }
    char c = text.charAt(end);
    return c == '@'
        || (c == '.' && end + 1 < text.length() && DigitGroups.digit(text.charAt(end + 1)) >= 0);
  }

  /** Whether the text says that it is an amount, an order's number or a part of a Web address. */
  static boolean isOther(String text, int start, int end) {
    int before = start;
    while (before > 0 && text.charAt(before - 1) == ' ') {
      before--;
    }
    if (before > 0 && CURRENCIES.indexOf(text.charAt(before - 1)) >= 0) {
      return true;
    }
    int behind = end < text.length() && text.charAt(end) == ' ' ? end + 1 : end;
    if (behind < text.length() && "万亿".indexOf(text.charAt(behind)) >= 0) {
      behind++;
    }
    if (behind < text.length() && UNITS.indexOf(text.charAt(behind)) >= 0) {
      return true;
    }
    return OTHER_NUMBER.matcher(text).region(Math.max(0, start - BEFORE), start).find()
        || isInAddress(text, start);
  }

  private static boolean isInAddress(String text, int start) {
    int from = start;
    while (from > 0
        && start - from < MAX_ADDRESS
        && text.charAt(from - 1) > ' '
        && text.charAt(from - 1) < 0x7F) {
      from--;
    }
    String address = text.substring(from, start);
    return address.contains("://") || address.contains("www.");
  }

  /** Whether nothing but digits and spaces stands there. */
  static boolean isSpaced(String text, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      if (DigitGroups.digit(c) < 0 && c != ' ') {
        return false;
      }
    }
    return start == 0 || text.charAt(start - 1) != '(';
  }

  /** The number's start with the bracket before it that is closed within. */
  static int opening(String text, int start, int end) {
    if (start == 0 || "(（".indexOf(text.charAt(start - 1)) < 0) {
      return start;
    }
    int depth = 1;
    for (int i = start; i < end && depth > 0; i++) {
      depth +=
          switch (text.charAt(i)) {
            case '(', '（' -> 1;
            case ')', '）' -> -1;
            default -> 0;
          };
    }
    return depth == 0 ? start - 1 : start;
  }

  /** Behind an extension of a few digits, or the number's end. */
  static int extensionEnd(String text, int end) {
    if (end == text.length() || text.charAt(end) != '-') {
      return end;
    }
    int i = end + 1;
    while (i < text.length() && DigitGroups.digit(text.charAt(i)) >= 0) {
      i++;
    }
    boolean extension = i > end + 1 && i - end - 1 <= MAX_EXTENSION;
    return extension && (i == text.length() || !isAlphanumeric(text.charAt(i))) ? i : end;
  }

  private static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || DigitGroups.digit(c) >= 0;
  }
}
