package dev.tuneline.engine.chat.jinja;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's two ways of putting values into a text: {@code '%s' % x} and {@code '{}'.format(x)}. */
final class Formatting {
  private static final Pattern CONVERSION =
      Pattern.compile(
          "%(?<flags>[-+ 0]*)(?<width>\\d{0,4})(?:\\.(?<places>\\d{1,3}))?(?<kind>.|$)");
  private static final Pattern FIELD = Pattern.compile("\\{\\{|}}|\\{(?<name>\\w*)}|[{}]");

  private Formatting() {}

  static String percent(String format, List<?> values) {
    StringBuilder out = new StringBuilder();
    Matcher conversion = CONVERSION.matcher(format);
    int at = 0;
    int used = 0;
    while (conversion.find()) {
      out.append(format, at, conversion.start());
      at = conversion.end();
      if (conversion.group("kind").equals("%")) {
        out.append('%');
      } else if (used == values.size()) {
        throw TemplateFailure.of("not enough arguments for format string");
      } else {
        out.append(converted(conversion, values.get(used++)));
      }
    }
    if (used < values.size()) {
      throw TemplateFailure.of("not all arguments converted during string formatting");
    }
    return out.append(format.substring(at)).toString();
  }

  private static String converted(Matcher conversion, Object value) {
    String flags = conversion.group("flags");
    String width = conversion.group("width");
    String places = conversion.group("places");
    String kind = conversion.group("kind");
    return switch (kind) {
      case "s", "r" -> {
        String text = kind.equals("s") ? PythonText.str(value) : PythonText.repr(value);
        String shown =
            places == null
                ? text
                : text.substring(0, Math.min(text.length(), Integer.parseInt(places)));
        yield width.isEmpty()
            ? shown
            : ("%" + (flags.contains("-") ? "-" : "") + width + "s").formatted(shown);
      }
      case "d", "i", "x", "X" -> {
        String java = "%" + flags(flags, width) + width + (kind.equals("i") ? "d" : kind);
        yield String.format(
            Locale.ROOT,
            java,
            number(value) instanceof Double d ? (long) (double) d : Python.whole(value));
      }
      case "f", "F" ->
          String.format(
              Locale.ROOT,
              "%" + flags(flags, width) + width + "." + (places == null ? "6" : places) + "f",
              Python.real(number(value)));
      default -> throw TemplateFailure.of("the conversion %" + kind + " is not offered");
    };
  }

  /** Those that Java takes, too: zeros need a width and go before no minus. */
  private static String flags(String flags, String width) {
    boolean left = flags.contains("-") && !width.isEmpty();
    String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    return sign + (left ? "-" : flags.contains("0") && !width.isEmpty() ? "0" : "");
  }

  private static Object number(Object value) {
    if (!Python.isNumber(value)) {
      throw Python.undefinedOr("a number is required, not " + Python.typeName(value), value);
    }
    return value;
  }

  static String braces(String format, Arguments arguments) {
    StringBuilder out = new StringBuilder();
    Matcher field = FIELD.matcher(format);
    int at = 0;
    int used = 0;
    while (field.find()) {
      out.append(format, at, field.start());
      at = field.end();
      switch (field.group()) {
        case "{{" -> out.append('{');
        case "}}" -> out.append('}');
        case "{}" -> out.append(PythonText.str(arguments.get(used++, "{}")));
        case "{", "}" ->
            throw TemplateFailure.of("a field of format() may be {}, {0} or {name} only");
        default -> {
          String name = field.group("name");
          boolean place = name.chars().allMatch(Character::isDigit) && name.length() < 5;
          out.append(
              PythonText.str(
                  arguments.get(place ? Integer.parseInt(name) : Integer.MAX_VALUE, name)));
        }
      }
    }
    return out.append(format.substring(at)).toString();
  }
}
