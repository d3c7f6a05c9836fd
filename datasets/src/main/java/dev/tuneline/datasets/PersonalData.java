package dev.tuneline.datasets;

import java.util.EnumMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds what identifies a person. Numbers with a check digit count only when it is right: resident
 * identity numbers by GB 11643, bank cards by Luhn's sum.
 */
final class PersonalData {
  /** What is looked for. */
  enum Kind {
    ID_NUMBER,
    PHONE,
    EMAIL,
    BANK_CARD
  }

  private static final Pattern EMAIL =
      Pattern.compile("[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,5}");
  private static final Pattern NUMBER =
      Pattern.compile("(?<![0-9A-Za-z])[0-9]{11,19}[Xx]?(?![0-9A-Za-z])");
  private static final int[] ID_WEIGHTS = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  private static final String ID_CHECKS = "10X98765432";

  private PersonalData() {}

  /** How often each kind occurs in a text; kinds that do not are left out. */
  static Map<Kind, Integer> count(String text) {
    Map<Kind, Integer> found = new EnumMap<>(Kind.class);
    Matcher number = NUMBER.matcher(text);
    while (number.find()) {
      String digits = number.group();
      if (isIdNumber(digits)) {
        found.merge(Kind.ID_NUMBER, 1, Integer::sum);
      } else if (digits.matches("1[3-9][0-9]{9}")) {
        found.merge(Kind.PHONE, 1, Integer::sum);
      } else if (digits.matches("[0-9]{16,19}") && isLuhn(digits)) {
        found.merge(Kind.BANK_CARD, 1, Integer::sum);
      }
    }
    if (text.indexOf('@') >= 0) {
      Matcher email = EMAIL.matcher(text);
      while (email.find()) {
        found.merge(Kind.EMAIL, 1, Integer::sum);
      }
    }
    return found;
  }

  private static boolean isIdNumber(String digits) {
    if (!digits.matches("[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])[0-3][0-9]{4}[0-9Xx]")) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < ID_WEIGHTS.length; i++) {
      sum += (digits.charAt(i) - '0') * ID_WEIGHTS[i];
    }
    return ID_CHECKS.charAt(sum % 11) == Character.toUpperCase(digits.charAt(17));
  }

  private static boolean isLuhn(String digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(digits.length() - 1 - i) - '0';
      int doubled = i % 2 == 0 ? digit : 2 * digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return sum % 10 == 0;
  }
}
