package dev.tuneline.platform.examples.cleaning;

import org.jsoup.nodes.Entities;
import org.jspecify.annotations.Nullable;

/**
 * A character reference with its semicolon.
 *
 * @param end behind it
 */
record HtmlEntity(String characters, int end) {
  /** The longest name that HTML has is shorter. */
  private static final int MAX_NAME = 34;

  /** Latin-1 has control characters where browsers read Windows-1252. */
  private static final String FROM_0X80 =
      "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ";

  /**
   * The reference at an ampersand, or null when none is there. An ampersand that was escaped again
   * and again is resolved at once; a no-break space becomes a space.
   */
  static @Nullable HtmlEntity at(String text, int ampersand) {
    int last = Math.min(text.length(), ampersand + MAX_NAME);
    int end = ampersand + 1;
    while (end < last && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '#')) {
      end++;
    }
    if (end == last || text.charAt(end) != ';' || end == ampersand + 1) {
      return null;
    }
    String name = text.substring(ampersand + 1, end++);
    String characters = name.charAt(0) == '#' ? numbered(name) : Entities.getByName(name);
    if (characters.isEmpty()) {
      return null;
    }
    if (characters.equals("&")) {
      while (text.startsWith("amp;", end)) {
        end += "amp;".length();
      }
    }
    return new HtmlEntity(characters.equals("\u00A0") ? " " : characters, end);
  }

  private static String numbered(String name) {
    boolean hexadecimal = name.startsWith("#x") || name.startsWith("#X");
    int c;
    try {
      c =
          hexadecimal
              ? Integer.parseUnsignedInt(name, 2, name.length(), 16)
              : Integer.parseUnsignedInt(name, 1, name.length(), 10);
    } catch (NumberFormatException e) {
      return "";
    }
    if (c >= 0x80 && c < 0xA0) {
      c = FROM_0X80.charAt(c - 0x80);
    }
    boolean usable =
        Character.isValidCodePoint(c)
            && Character.isDefined(c)
            && Character.getType(c) != Character.SURROGATE
            && (!Character.isISOControl(c) || c == '\n' || c == '\t');
    return usable ? Character.toString(c) : "";
  }
}
