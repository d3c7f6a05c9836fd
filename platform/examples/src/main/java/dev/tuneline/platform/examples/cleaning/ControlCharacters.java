package dev.tuneline.platform.examples.cleaning;

/**
 * Removes what nobody sees and no keyboard makes: control characters, escape sequences of
 * terminals, byte order marks, zero-width spaces, soft hyphens, lone surrogates. Line breaks of
 * every kind become line feeds; tabs, and the joiners that some scripts and emoji need, stay.
 */
final class ControlCharacters implements TextStep {
  private static final char ESCAPE = 0x1B;

  @Override
  public String apply(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!stays(text, i)) {
        return without(text, i);
      }
    }
    return text;
  }

  private static boolean stays(String text, int i) {
    char c = text.charAt(i);
    if (c < 0x7F) {
      return c >= ' ' || c == '\n' || c == '\t';
    }
    if (Character.isHighSurrogate(c)) {
      return i + 1 < text.length() && Character.isLowSurrogate(text.charAt(i + 1));
    }
    if (Character.isLowSurrogate(c)) {
      return i > 0 && Character.isHighSurrogate(text.charAt(i - 1));
    }
    return switch (c) {
      case 0xAD, 0x200B, 0x2028, 0x2029, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF -> false;
      default -> c > 0x9F && (c < 0x206A || c > 0x206F) && (c < 0xFFF9 || c > 0xFFFC);
    };
  }

  private static String without(String text, int from) {
    StringBuilder out = new StringBuilder(text.length()).append(text, 0, from);
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (stays(text, i)) {
        out.append(c);
      } else if (c == '\r') {
        if (i + 1 == text.length() || text.charAt(i + 1) != '\n') {
          out.append('\n');
        }
      } else if (c == 0x85 || c == 0x2028 || c == 0x2029) {
        out.append('\n');
      } else if (c == ESCAPE) {
        i = escapeEnd(text, i) - 1;
      }
    }
    return out.toString();
  }

  /** Behind a terminal's sequence such as {@code ESC [ 0 ; 31 m}, or behind the lone escape. */
  private static int escapeEnd(String text, int escape) {
    int i = escape + 1;
    if (i == text.length() || text.charAt(i) != '[') {
      return i;
    }
    do {
      i++;
    } while (i < text.length() && text.charAt(i) >= 0x20 && text.charAt(i) < 0x40);
    return i < text.length() && text.charAt(i) <= 0x7E && text.charAt(i) >= 0x40
        ? i + 1
        : escape + 1;
  }
}
