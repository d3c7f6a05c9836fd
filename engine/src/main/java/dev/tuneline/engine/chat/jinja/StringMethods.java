package dev.tuneline.engine.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/** The methods of Python's {@code str}; places are counted in code points. */
final class StringMethods {
  private StringMethods() {}

  /** The method of that name; null where there is none. */
  static @Nullable Callable of(String text, String name) {
    return switch (name) {
      case "strip" -> a -> PythonText.strip(text, optional(a, 0), true, true);
      case "lstrip" -> a -> PythonText.strip(text, optional(a, 0), true, false);
      case "rstrip" -> a -> PythonText.strip(text, optional(a, 0), false, true);
      case "startswith" -> a -> affix(text, a, true);
      case "endswith" -> a -> affix(text, a, false);
      case "split" -> a -> split(text, optional(a, 0, "sep"), a.number(1, "maxsplit", -1));
      case "rsplit" -> a -> rsplit(text, optional(a, 0, "sep"), a.number(1, "maxsplit", -1));
      case "splitlines" -> a -> lines(text, a.flag(0, "keepends", false));
      case "partition" -> a -> partition(text, string(a, 0), text.indexOf(string(a, 0)), true);
      case "rpartition" ->
          a -> partition(text, string(a, 0), text.lastIndexOf(string(a, 0)), false);
      case "upper" -> a -> text.toUpperCase(Locale.ROOT);
      case "lower", "casefold" -> a -> text.toLowerCase(Locale.ROOT);
      case "title" -> a -> title(text);
      case "capitalize" -> a -> capitalized(text);
      case "swapcase" -> a -> swapped(text);
      case "replace" -> a -> replace(text, string(a, 0), string(a, 1), a.number(2, "count", -1));
      case "find" -> a -> find(text, a, false);
      case "rfind" -> a -> find(text, a, true);
      case "index" -> a -> found(find(text, a, false));
      case "rindex" -> a -> found(find(text, a, true));
      case "count" -> a -> count(span(text, a), string(a, 0));
      case "join" -> a -> join(text, Python.items(a.get(0, "iterable")));
      case "format" -> a -> Formatting.braces(text, a);
      case "removeprefix" ->
          a -> text.startsWith(string(a, 0)) ? text.substring(string(a, 0).length()) : text;
      case "removesuffix" ->
          a ->
              text.endsWith(string(a, 0))
                  ? text.substring(0, text.length() - string(a, 0).length())
                  : text;
      case "zfill" -> a -> zeros(text, a.number(0, "width", 0));
      case "ljust" -> a -> padded(text, a, 0, 1);
      case "rjust" -> a -> padded(text, a, 1, 0);
      case "center" -> a -> padded(text, a, 1, 1);
      case "isdigit", "isdecimal", "isnumeric" -> a -> all(text, Character::isDigit);
      case "isalpha" -> a -> all(text, Character::isLetter);
      case "isalnum" -> a -> all(text, Character::isLetterOrDigit);
      case "isspace" -> a -> all(text, PythonText::isSpace);
      case "isascii" -> a -> text.chars().allMatch(c -> c < 128);
      case "isupper" -> a -> isUpper(text);
      case "islower" -> a -> isLower(text);
      default -> null;
    };
  }

  static boolean isUpper(String text) {
    return cased(text, Character::isUpperCase);
  }

  static boolean isLower(String text) {
    return cased(text, Character::isLowerCase);
  }

  /** Whether there is a letter with a case, and all such are as asked. */
  private static boolean cased(String text, IntPredicate as) {
    IntPredicate hasCase =
        c -> Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
    return text.codePoints().anyMatch(hasCase) && text.codePoints().filter(hasCase).allMatch(as);
  }

  private static boolean all(String text, IntPredicate as) {
    return !text.isEmpty() && text.codePoints().allMatch(as);
  }

  private static String string(Arguments arguments, int place) {
    return string(arguments.get(place, "argument"));
  }

  private static String string(Object value) {
    if (value instanceof String text) {
      return text;
    }
    throw Python.undefinedOr("a str is required, not '" + Python.typeName(value) + "'", value);
  }

  private static @Nullable String optional(Arguments arguments, int place) {
    return optional(arguments, place, "chars");
  }

  private static @Nullable String optional(Arguments arguments, int place, String name) {
    Object value = arguments.get(place, name, None.NONE);
    return value instanceof None ? null : string(value);
  }

  /** The part of a text that the second and third argument bound. */
  private static String span(String text, Arguments arguments) {
    return (String)
        Python.slice(
            text,
            arguments.get(1, "start", None.NONE),
            arguments.get(2, "end", None.NONE),
            None.NONE);
  }

  private static boolean affix(String text, Arguments arguments, boolean start) {
    String span = span(text, arguments);
    Object wanted = arguments.get(0, start ? "prefix" : "suffix");
    for (Object affix : wanted instanceof Tuple several ? several : List.of(wanted)) {
      if (start ? span.startsWith(string(affix)) : span.endsWith(string(affix))) {
        return true;
      }
    }
    return false;
  }

  private static long find(String text, Arguments arguments, boolean last) {
    String span = span(text, arguments);
    String part = string(arguments, 0);
    int at = last ? span.lastIndexOf(part) : span.indexOf(part);
    if (at < 0) {
      return -1;
    }
    Object start = arguments.get(1, "start", None.NONE);
    long before = Python.length(Python.slice(text, None.NONE, start, None.NONE));
    return (start instanceof None ? 0 : before) + span.codePointCount(0, at);
  }

  private static long found(long at) {
    if (at < 0) {
      throw TemplateFailure.of("substring not found");
    }
    return at;
  }

  private static long count(String text, String part) {
    return part.isEmpty() ? Python.length(text) + 1 : split(text, part, -1).size() - 1L;
  }

  static List<Object> split(String text, @Nullable String separator, long most) {
    List<Object> parts = new ArrayList<>();
    if (separator == null) {
      String rest = PythonText.strip(text, true, false);
      while (!rest.isEmpty()) {
        int end = most >= 0 && parts.size() >= most ? rest.length() : endOfWord(rest);
        parts.add(rest.substring(0, end));
        rest = PythonText.strip(rest.substring(end), true, false);
      }
      return parts;
    }
    requireSeparator(separator);
    int from = 0;
    int at = text.indexOf(separator);
    while (at >= 0 && (most < 0 || parts.size() < most)) {
      parts.add(text.substring(from, at));
      from = at + separator.length();
      at = text.indexOf(separator, from);
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static int endOfWord(String text) {
    int end = 0;
    while (end < text.length() && !PythonText.isSpace(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static List<Object> rsplit(String text, @Nullable String separator, long most) {
    if (most < 0) {
      return split(text, separator, most);
    }
    // Splitting the reversed text from its start is splitting the text from its end.
    List<Object> reversed =
        split(reversed(text), separator == null ? null : reversed(separator), most);
    List<Object> parts = new ArrayList<>();
    for (Object part : reversed.reversed()) {
      parts.add(reversed((String) part));
    }
    return parts;
  }

  static String reversed(String text) {
    return new StringBuilder(text).reverse().toString();
  }

  private static Tuple partition(String text, String separator, int at, boolean first) {
    requireSeparator(separator);
    if (at < 0) {
      return first ? Tuple.of(text, "", "") : Tuple.of("", "", text);
    }
    return Tuple.of(text.substring(0, at), separator, text.substring(at + separator.length()));
  }

  private static void requireSeparator(String separator) {
    if (separator.isEmpty()) {
      throw TemplateFailure.of("empty separator");
    }
  }

  private static List<Object> lines(String text, boolean ends) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if ("\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(c) >= 0) {
        int end = c == '\r' && text.startsWith("\n", i + 1) ? i + 2 : i + 1;
        lines.add(text.substring(from, ends ? end : i));
        from = end;
        i = end - 1;
      }
    }
    if (from < text.length()) {
      lines.add(text.substring(from));
    }
    return lines;
  }

  private static String replace(String text, String old, String with, long most) {
    if (most < 0 && !old.isEmpty()) {
      Limits.size((split(text, old, -1).size() - 1L) * with.length() + text.length());
      return text.replace(old, with);
    }
    StringBuilder out = new StringBuilder();
    long left = most < 0 ? Long.MAX_VALUE : most;
    int at = 0;
    while (left > 0 && at <= text.length()) {
      int next = text.indexOf(old, at);
      if (next < 0) {
        break;
      }
      out.append(text, at, next).append(with);
      Limits.size(out.length());
      at = next + old.length();
      left--;
      if (old.isEmpty()) {
        if (at == text.length()) {
          return out.toString();
        }
        int c = text.codePointAt(at);
        out.appendCodePoint(c);
        at += Character.charCount(c);
      }
    }
    return out.append(text.substring(at)).toString();
  }

  static String join(String separator, List<?> items) {
    StringBuilder out = new StringBuilder();
    boolean first = true;
    for (Object item : items) {
      out.append(first ? "" : separator).append(string(item));
      Limits.size(out.length());
      first = false;
    }
    return out.toString();
  }

  static String capitalized(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return Character.toString(Character.toTitleCase(text.codePointAt(0)))
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(inside ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inside = Character.isLetter(c);
    }
    return out.toString();
  }

  private static String swapped(String text) {
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c ->
                out.appendCodePoint(
                    Character.isUpperCase(c)
                        ? Character.toLowerCase(c)
                        : Character.toUpperCase(c)));
    return out.toString();
  }

  private static String zeros(String text, long width) {
    int sign = text.startsWith("-") || text.startsWith("+") ? 1 : 0;
    int missing = missing(text, width);
    return text.substring(0, sign) + "0".repeat(missing) + text.substring(sign);
  }

  private static int missing(String text, long width) {
    Limits.size(width);
    return (int) Math.max(0, width - Python.length(text));
  }

  private static String padded(String text, Arguments arguments, int left, int right) {
    long width = arguments.number(0, "width", 0);
    int missing = missing(text, width);
    // Python puts the odd one of a centred text before it where the width is odd.
    int before = left * right == 1 ? missing / 2 + (missing & (int) width & 1) : left * missing;
    String fill = arguments.text(1, "fillchar", " ");
    return fill.repeat(before) + text + fill.repeat(missing - before);
  }
}
