package dev.tuneline.platform.examples.cleaning;

/** Numbers of payment cards: an issuer's prefix with its length, and Luhn's sum (ISO/IEC 7812). */
final class BankCard {
  private BankCard() {}

  /** Whether ASCII digits are such a number. */
  static boolean is(CharSequence digits) {
    int length = digits.length();
    if (length < 14 || length > 19 || !isLuhn(digits)) {
      return false;
    }
    int two = Integer.parseInt(digits, 0, 2, 10);
    int four = Integer.parseInt(digits, 0, 4, 10);
    boolean unionPay = two == 62 || two == 60 || two == 81 || four == 9558 || four == 9559;
    return switch (length) {
      case 14 -> two == 36 || two == 38 || (four >= 3000 && four <= 3059);
      case 15 -> two == 34 || two == 37;
      case 16 ->
          unionPay
              || two / 10 == 4
              || (two >= 51 && two <= 55)
              || (four >= 2221 && four <= 2720)
              || (four >= 3528 && four <= 3589)
              || (four >= 6440 && four < 6600);
      default -> unionPay;
    };
  }

  private static boolean isLuhn(CharSequence digits) {
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(digits.length() - 1 - i) - '0';
      int doubled = i % 2 == 0 ? digit : 2 * digit;
      sum += doubled > 9 ? doubled - 9 : doubled;
    }
    return sum % 10 == 0;
  }
}
