package dev.tuneline.engine.chat.jinja;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Jinja2's filters; those that look at a list's items are in {@link ListFilters}. */
final class Filters {
  static final Set<String> NAMES =
      Set.of(
          "abs",
          "attr",
          "batch",
          "capitalize",
          "center",
          "count",
          "d",
          "default",
          "dictsort",
          "e",
          "escape",
          "first",
          "float",
          "format",
          "groupby",
          "indent",
          "int",
          "items",
          "join",
          "last",
          "length",
          "list",
          "lower",
          "map",
          "max",
          "min",
          "reject",
          "rejectattr",
          "replace",
          "reverse",
          "round",
          "safe",
          "select",
          "selectattr",
          "slice",
          "sort",
          "string",
          "sum",
          "title",
          "tojson",
          "trim",
          "truncate",
          "unique",
          "upper",
          "urlencode",
          "wordcount");

  private Filters() {}

  static Object apply(String name, Object value, Arguments a) {
    return switch (name) {
      case "default", "d" ->
          value instanceof Undefined || (a.flag(1, "boolean", false) && !Python.truth(value))
              ? a.get(0, "default_value", "")
              : value;
      case "string", "safe" -> PythonText.str(value);
      case "trim" ->
          PythonText.strip(
              PythonText.str(value),
              a.get(0, "chars", None.NONE) instanceof String chars ? chars : null,
              true,
              true);
      case "upper" -> PythonText.str(value).toUpperCase(Locale.ROOT);
      case "lower" -> PythonText.str(value).toLowerCase(Locale.ROOT);
      case "capitalize" -> StringMethods.capitalized(PythonText.str(value));
      case "title" -> title(PythonText.str(value));
      case "replace" -> method(value, "replace", a);
      case "center" -> method(value, "center", Arguments.of(a.number(0, "width", 80)));
      case "indent" -> indent(PythonText.str(value), a);
      case "truncate" -> truncate(PythonText.str(value), a);
      case "wordcount" -> words(PythonText.str(value));
      case "format" -> Formatting.percent(PythonText.str(value), new Tuple(a.positional()));
      case "escape", "e" -> escaped(PythonText.str(value));
      case "urlencode" -> encoded(PythonText.str(value));
      case "tojson" -> Json.text(value, a);
      case "abs" ->
          Python.real(number(value)) < 0
              ? Arithmetic.signed("-", value)
              : Arithmetic.signed("+", value);
      case "int" -> whole(value, a);
      case "float" -> real(value, a.get(0, "default", 0.0));
      case "round" -> rounded(number(value), a);
      case "length", "count" -> Python.length(value);
      case "items" -> value instanceof Undefined ? List.of() : pairs(value);
      case "attr" -> Access.attribute(value, a.text(0, "name", ""));
      default -> ListFilters.apply(name, value, a);
    };
  }

  private static Object method(Object value, String name, Arguments a) {
    String text = PythonText.str(value);
    List<Object> given = new ArrayList<>();
    for (Object argument : a.positional()) {
      given.add(
          argument instanceof Long || argument instanceof None
              ? argument
              : PythonText.str(argument));
    }
    return Access.attribute(text, name) instanceof Callable callable
        ? callable.call(new Arguments(given, a.named()))
        : text;
  }

  private static Object number(Object value) {
    if (!Python.isNumber(value)) {
      throw Python.undefinedOr("must be real number, not " + Python.typeName(value), value);
    }
    return value;
  }

  private static List<Tuple> pairs(Object value) {
    if (value instanceof Map<?, ?> map) {
      return Access.items(map);
    }
    throw TemplateFailure.of("Can only get item pairs from a mapping.");
  }

  /** Every word's first letter large, the others small; a word ends at a space or bracket. */
  private static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean starts = true;
    for (int c : text.codePoints().toArray()) {
      out.appendCodePoint(starts ? Character.toUpperCase(c) : Character.toLowerCase(c));
      starts = PythonText.isSpace(c) || "-({[<".indexOf(c) >= 0;
    }
    return out.toString();
  }

  private static String indent(String text, Arguments a) {
    Object width = a.get(0, "width", 4L);
    String indent =
        width instanceof String given ? given : " ".repeat(Limits.times(1, Python.index(width)));
    boolean first = a.flag(1, "first", false);
    boolean blank = a.flag(2, "blank", false);
    StringBuilder out = new StringBuilder();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      boolean shift = i == 0 ? first : blank || !lines[i].isEmpty();
      out.append(i == 0 ? "" : "\n").append(shift ? indent : "").append(lines[i]);
      Limits.size(out.length());
    }
    return out.toString();
  }

  private static String truncate(String text, Arguments a) {
    long length = a.number(0, "length", 255);
    String end = a.text(2, "end", "...");
    if (Python.length(text) <= length + a.number(3, "leeway", 5)) {
      return text;
    }
    long kept = Math.max(0, length - Python.length(end));
    String cut = text.substring(0, text.offsetByCodePoints(0, (int) kept));
    int space = cut.lastIndexOf(' ');
    return (a.flag(1, "killwords", false) || space < 0 ? cut : cut.substring(0, space)) + end;
  }

  private static long words(String text) {
    long words = 0;
    boolean inside = false;
    for (int c : text.codePoints().toArray()) {
      boolean letter = Character.isLetterOrDigit(c) || c == '_';
      words += letter && !inside ? 1 : 0;
      inside = letter;
    }
    return words;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace(">", "&gt;")
        .replace("<", "&lt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~")
        .replace("%2F", "/");
  }

  private static Object whole(Object value, Arguments a) {
    Object otherwise = a.get(0, "default", 0L);
    return switch (value) {
      case Double d -> Double.isFinite(d) ? (Object) (long) (double) d : otherwise;
      case String text -> {
        try {
          int base = Math.toIntExact(a.number(1, "base", 10));
          yield Long.parseLong(PythonText.strip(text).replace("_", ""), base);
        } catch (NumberFormatException e) {
          yield real(text, otherwise) instanceof Double d ? (Object) (long) (double) d : otherwise;
        }
      }
      default -> Python.isNumber(value) ? (Object) Python.whole(value) : otherwise;
    };
  }

  private static Object real(Object value, Object otherwise) {
    if (value instanceof String text) {
      try {
        return Double.parseDouble(PythonText.strip(text).replace("_", ""));
      } catch (NumberFormatException e) {
        return otherwise;
      }
    }
    return Python.isNumber(value) ? (Object) Python.real(value) : otherwise;
  }

  private static Object rounded(Object value, Arguments a) {
    int places = Math.toIntExact(Math.clamp(a.number(0, "precision", 0), -300, 300));
    double scale = Math.pow(10, places);
    double real = Python.real(value);
    return switch (a.text(1, "method", "common")) {
      case "ceil" -> Math.ceil(real * scale) / scale;
      case "floor" -> Math.floor(real * scale) / scale;
      default ->
          value instanceof Double
              ? (Object) new BigDecimal(real).setScale(places, RoundingMode.HALF_EVEN).doubleValue()
              : new BigDecimal(Python.whole(value))
                  .setScale(places, RoundingMode.HALF_EVEN)
                  .longValue();
    };
  }
}
