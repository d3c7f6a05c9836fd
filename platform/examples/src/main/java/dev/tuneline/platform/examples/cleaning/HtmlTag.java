package dev.tuneline.platform.examples.cleaning;

import java.util.Locale;
import java.util.Set;
import org.jsoup.parser.Tag;
import org.jspecify.annotations.Nullable;

/**
 * A well-formed tag of an element that HTML has.
 *
 * @param name lower case
 * @param plain whether it has no attributes
 * @param end behind the closing bracket
 */
record HtmlTag(String name, boolean closing, boolean plain, int end) {
  /** The longest name that HTML has is shorter. */
  private static final int MAX_NAME = 16;

  private static final Set<String> FLAGS =
      Set.of(
          "allowfullscreen",
          "async",
          "autofocus",
          "autoplay",
          "checked",
          "controls",
          "default",
          "defer",
          "disabled",
          "hidden",
          "loop",
          "multiple",
          "muted",
          "nohref",
          "noshade",
          "novalidate",
          "nowrap",
          "open",
          "readonly",
          "required",
          "reversed",
          "selected");

  /** The tag at an opening bracket, or null when none is there. */
  static @Nullable HtmlTag at(String text, int bracket) {
    int i = bracket + 1;
    boolean closing = i < text.length() && text.charAt(i) == '/';
    if (closing) {
      i++;
    }
    int nameEnd = i;
    while (nameEnd < text.length() && nameEnd - i < MAX_NAME && isAlphanumeric(text, nameEnd)) {
      nameEnd++;
    }
    if (nameEnd == i || nameEnd == text.length() || !isLetter(text.charAt(i))) {
      return null;
    }
    int end = attributesEnd(text, nameEnd);
    if (end < 0) {
      return null;
    }
    String name = text.substring(i, nameEnd).toLowerCase(Locale.ROOT);
    int afterName = blanks(text, nameEnd);
    boolean plain = text.charAt(afterName) == '>' || text.charAt(afterName) == '/';
    return Tag.isKnownTag(name) && (plain || !closing)
        ? new HtmlTag(name, closing, plain, end)
        : null;
  }

  /** Behind the closing bracket, or -1 when anything but attributes comes before it. */
  private static int attributesEnd(String text, int from) {
    int i = from;
    while (true) {
      int next = blanks(text, i);
      if (next == text.length()) {
        return -1;
      }
      char c = text.charAt(next);
      if (c == '>') {
        return next + 1;
      }
      if (c == '/') {
        return next + 1 < text.length() && text.charAt(next + 1) == '>' ? next + 2 : -1;
      }
      i = next > i ? attributeEnd(text, next) : -1;
      if (i < 0) {
        return -1;
      }
    }
  }

  private static int attributeEnd(String text, int from) {
    int i = from;
    while (i < text.length() && (isAlphanumeric(text, i) || "-_:.@".indexOf(text.charAt(i)) >= 0)) {
      i++;
    }
    int equals = blanks(text, i);
    if (i == from || equals == text.length()) {
      return -1;
    }
    if (text.charAt(equals) != '=') {
      return FLAGS.contains(text.substring(from, i).toLowerCase(Locale.ROOT)) ? i : -1;
    }
    int value = blanks(text, equals + 1);
    if (value == text.length()) {
      return -1;
    }
    char quote = text.charAt(value);
    boolean quoted = quote == '"' || quote == '\'';
    i = quoted ? value + 1 : value;
    // A bracket within a value is rare, and looking for its end from every bracket is slow.
    while (i < text.length() && text.charAt(i) != '<') {
      char c = text.charAt(i);
      if (quoted && c == quote) {
        return i + 1;
      }
      if (!quoted && (c == '>' || c <= ' ' || c == '"' || c == '\'')) {
        return i > value ? i : -1;
      }
      i++;
    }
    return -1;
  }

  private static int blanks(String text, int from) {
    int i = from;
    while (i < text.length() && " \t\r\n\f".indexOf(text.charAt(i)) >= 0) {
      i++;
    }
    return i;
  }

  private static boolean isAlphanumeric(String text, int i) {
    char c = text.charAt(i);
    return isLetter(c) || (c >= '0' && c <= '9');
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
