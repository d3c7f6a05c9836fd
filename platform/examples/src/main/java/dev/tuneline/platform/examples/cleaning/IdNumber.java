package dev.tuneline.platform.examples.cleaning;

import java.time.YearMonth;

/** Chinese resident identity numbers by GB 11643: region, day of birth, sequence, check digit. */
final class IdNumber {
  private static final int[] WEIGHTS = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  private static final String CHECKS = "10X98765432";

  private IdNumber() {}

  /**
   * Whether digits are such a number: 18 of which the last may be an X, or 15 of the old form.
   *
   * @param digits ASCII digits, X in upper case
   */
  static boolean is(CharSequence digits) {
    return switch (digits.length()) {
      case 18 -> isRegion(digits) && isDay(number(digits, 6, 10), digits, 10) && isChecked(digits);
      case 15 ->
          isRegion(digits)
              && isDay(1900 + number(digits, 6, 8), digits, 8)
              && number(digits, 12, 15) > 0;
      default -> false;
    };
  }

  /** Provinces, then prefectures, then counties, as GB/T 2260 numbers them. */
  private static boolean isRegion(CharSequence digits) {
    int province = number(digits, 0, 2);
    int prefecture = number(digits, 2, 4);
    boolean known =
        switch (province / 10) {
          case 1 -> province >= 11 && province <= 15;
          case 2 -> province >= 21 && province <= 23;
          case 3 -> province >= 31 && province <= 37;
          case 4 -> province >= 41 && province <= 46;
          case 5 -> province >= 50 && province <= 54;
          case 6 -> province >= 61 && province <= 65;
          default -> province == 71 || province == 81 || province == 82 || province == 83;
        };
    return known && (prefecture <= 70 || prefecture == 90);
  }

  private static boolean isDay(int year, CharSequence digits, int month) {
    int m = number(digits, month, month + 2);
    int day = number(digits, month + 2, month + 4);
    return year >= 1880
        && year < 2100
        && m >= 1
        && m <= 12
        && day >= 1
        && day <= YearMonth.of(year, m).lengthOfMonth();
  }

  private static boolean isChecked(CharSequence digits) {
    int sum = 0;
    for (int i = 0; i < WEIGHTS.length; i++) {
      sum += (digits.charAt(i) - '0') * WEIGHTS[i];
    }
    return CHECKS.charAt(sum % 11) == digits.charAt(WEIGHTS.length);
  }

  private static int number(CharSequence digits, int from, int to) {
    return Integer.parseInt(digits, from, to, 10);
  }
}
