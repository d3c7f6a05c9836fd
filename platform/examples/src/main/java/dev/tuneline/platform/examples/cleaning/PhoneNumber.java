package dev.tuneline.platform.examples.cleaning;

import com.google.i18n.phonenumbers.NumberParseException;
import com.google.i18n.phonenumbers.PhoneNumberUtil;

/**
 * Telephone numbers as libphonenumber knows them: international ones behind a plus or China's 86,
 * and, in groups as people write them, China's mobiles and landlines and North America's.
 */
final class PhoneNumber {
  private static final String NO_REGION = "ZZ";

  private PhoneNumber() {}

  /**
   * Whether groups of digits are such a number.
   *
   * @param count how many of the groups, from the first on
   * @param plus whether a plus stands before them
   * @param spaced whether nothing but spaces stands between them
   */
  static boolean is(DigitGroups groups, int count, boolean plus, boolean spaced) {
    int size = groups.size(count);
    if (size < 8 || size > 15) {
      return false;
    }
    if (plus) {
      return (count > 1 || size >= 10) && isValid("+" + groups.digits(count), NO_REGION);
    }
    CharSequence digits = groups.digits(count);
    char first = digits.charAt(0);
    if (first == '1' && size == 11) {
      return digits.charAt(1) >= '3'
          ? isMobileShape(groups, count) && isValid(digits, "CN")
          : count == 4 && groups.length(0) == 1 && isNorthAmerican(groups, 1, spaced, digits);
    }
    if (first == '8' && size >= 12 && digits.charAt(1) == '6') {
      return (count == 1 ? size == 13 && digits.charAt(2) == '1' : groups.length(0) == 2)
          && isValid("+" + digits, NO_REGION);
    }
    if (first == '0') {
      return isLandlineShape(groups, count, size) && isValid(digits, "CN");
    }
    return size == 10 && count == 3 && isNorthAmerican(groups, 0, spaced, digits);
  }

  private static boolean isMobileShape(DigitGroups groups, int count) {
    return switch (count) {
      case 1 -> true;
      case 2 -> {
        int first = groups.length(0);
        yield first == 3 || first == 5 || first == 7;
      }
      case 3 -> groups.length(0) >= 3 && groups.length(1) >= 3 && groups.length(2) >= 3;
      default -> false;
    };
  }

  /** Also mobiles with a trunk zero, and China's numbers behind 0086. */
  private static boolean isLandlineShape(DigitGroups groups, int count, int size) {
    int area = groups.length(0);
    return switch (count) {
      case 1 -> size >= 11;
      case 2, 3 -> (area == 3 || area == 4) && groups.length(count - 1) >= 4;
      case 4 -> area == 4;
      default -> false;
    };
  }

  /** Three, three and four digits, with more than spaces between them. */
  private static boolean isNorthAmerican(
      DigitGroups groups, int from, boolean spaced, CharSequence digits) {
    return !spaced
        && groups.length(from) == 3
        && groups.length(from + 1) == 3
        && groups.length(from + 2) == 4
        && isValid(digits, "US");
  }

  private static boolean isValid(CharSequence number, String region) {
    PhoneNumberUtil numbers = PhoneNumberUtil.getInstance();
    try {
      return numbers.isValidNumber(numbers.parse(number, region));
    } catch (NumberParseException e) {
      return false;
    }
  }
}
