package dev.tuneline.engine.chat.jinja;

import java.math.BigDecimal;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Values as Python writes them, and literals as it reads them. */
final class PythonText {
  private PythonText() {}

  /** Python's {@code str(value)}. */
  static String str(Object value) {
    return switch (value) {
      case String text -> text;
      case Undefined undefined -> "";
      default -> repr(value);
    };
  }

  /** Python's {@code repr(value)}. */
  static String repr(Object value) {
    return switch (value) {
      case None none -> "None";
      case Boolean b -> b ? "True" : "False";
      case Long l -> Long.toString(l);
      case Double d -> number(d);
      case String text -> quoted(text);
      case Tuple tuple -> "(" + items(tuple) + (tuple.size() == 1 ? ",)" : ")");
      case List<?> list -> "[" + items(list) + "]";
      case Map<?, ?> map -> "{" + entries(map) + "}";
      case Undefined undefined -> "Undefined";
      default -> "<" + Python.typeName(value) + ">";
    };
  }

  private static String items(List<?> list) {
    StringBuilder out = new StringBuilder();
    for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
      out.append(repr(i.next())).append(i.hasNext() ? ", " : "");
    }
    return out.toString();
  }

  private static String entries(Map<?, ?> map) {
    StringBuilder out = new StringBuilder();
    map.forEach(
        (key, value) ->
            out.append(out.isEmpty() ? "" : ", ")
                .append(repr(key))
                .append(": ")
                .append(repr(value)));
    return out.toString();
  }

  /** The shortest digits that read back as {@code value}, in Python's form. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "inf" : "-inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    int exponent = exact.precision() - exact.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      return exact.scale() <= 0 ? exact.toBigInteger() + ".0" : exact.toPlainString();
    }
    String digits = exact.unscaledValue().abs().toString();
    String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    return "%s%se%s%02d"
        .formatted(value < 0 ? "-" : "", mantissa, exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder().append(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\\' -> out.append("\\\\");
                default -> {
                  if (c == quote) {
                    out.append('\\').append(quote);
                  } else if (c == ' ' || isPrintable(c)) {
                    out.appendCodePoint(c);
                  } else {
                    out.append(
                        (c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
                  }
                }
              }
            });
    return out.append(quote).toString();
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SPACE_SEPARATOR ->
          false;
      default -> true;
    };
  }

  static String strip(String text) {
    return strip(text, true, true);
  }

  /** Without white space at these ends. */
  static String strip(String text, boolean left, boolean right) {
    return strip(text, null, left, right);
  }

  /** Without {@code characters} at these ends; null is white space. */
  static String strip(String text, @Nullable String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && goes(text.codePointAt(start), characters)) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && end > start && goes(text.codePointBefore(end), characters)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  private static boolean goes(int c, @Nullable String characters) {
    return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
  }

  /** Python's {@code str.isspace} of one character. */
  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x1F)
        || c == 0x85
        || Character.isSpaceChar(c);
  }

  /** A whole number's literal: decimal, or with 0x, 0o or 0b. */
  static long integer(String literal) {
    try {
      if (literal.length() > 2 && literal.charAt(0) == '0') {
        int radix =
            switch (literal.charAt(1)) {
              case 'x', 'X' -> 16;
              case 'o', 'O' -> 8;
              case 'b', 'B' -> 2;
              default -> 10;
            };
        if (radix != 10) {
          return Long.parseLong(literal.substring(2), radix);
        }
      }
      return Long.parseLong(literal);
    } catch (NumberFormatException e) {
      throw TemplateFailure.of("the number " + literal + " is too large");
    }
  }

  /** A string literal's value; what is no escape of Python's stays as it is. */
  static String unescaped(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder out = new StringBuilder();
    int at = 0;
    while (at < literal.length()) {
      char c = literal.charAt(at++);
      if (c != '\\' || at == literal.length()) {
        out.append(c);
        continue;
      }
      char escape = literal.charAt(at++);
      switch (escape) {
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'r' -> out.append('\r');
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'v' -> out.append('\u000b');
        case '\\', '\'', '"' -> out.append(escape);
        case '\n' -> {}
        case 'x' -> at = codePoint(literal, at, 2, out);
        case 'u' -> at = codePoint(literal, at, 4, out);
        case 'U' -> at = codePoint(literal, at, 8, out);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> at = octal(literal, at - 1, out);
        default -> out.append(c).append(escape);
      }
    }
    return out.toString();
  }

  private static int codePoint(String literal, int from, int digits, StringBuilder out) {
    try {
      out.appendCodePoint(Integer.parseInt(literal.substring(from, from + digits), 16));
      return from + digits;
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      throw TemplateFailure.of("a string has a broken escape");
    }
  }

  private static int octal(String literal, int from, StringBuilder out) {
    int end = from;
    int value = 0;
    while (end < Math.min(literal.length(), from + 3)
        && "01234567".indexOf(literal.charAt(end)) >= 0) {
      value = value * 8 + literal.charAt(end++) - '0';
    }
    out.appendCodePoint(value);
    return end;
  }
}
