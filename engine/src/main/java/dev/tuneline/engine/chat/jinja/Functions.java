package dev.tuneline.engine.chat.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that every chat template can call: Jinja2's, and the two of transformers. */
final class Functions {
  private Functions() {}

  /** By name; {@code clock} says what {@code strftime_now} tells. */
  static Map<String, Object> all(Clock clock) {
    Map<String, Object> functions = new LinkedHashMap<>();
    functions.put("range", (Callable) Functions::range);
    functions.put("dict", (Callable) Functions::dict);
    functions.put("namespace", (Callable) Functions::namespace);
    functions.put("cycler", (Callable) Functions::cycler);
    functions.put("joiner", (Callable) Functions::joiner);
    functions.put("raise_exception", (Callable) Functions::raise);
    functions.put(
        "strftime_now",
        (Callable) a -> Functions.time(ZonedDateTime.now(clock), a.text(0, "format", "")));
    return functions;
  }

  private static Object raise(Arguments a) {
    throw TemplateFailure.raised(PythonText.str(a.get(0, "message")));
  }

  private static Object range(Arguments a) {
    a.only("range", 3);
    boolean open = a.positional().size() == 1;
    long start = open ? 0 : Python.index(a.get(0, "start"));
    long stop = Python.index(a.get(open ? 0 : 1, "stop"));
    long step = a.number(2, "step", 1);
    if (step == 0) {
      throw TemplateFailure.of("range() arg 3 must not be zero");
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = start; step > 0 ? i < stop : i > stop; i += step) {
      if (numbers.size() == Limits.MAX_RANGE) {
        throw TemplateFailure.of("Range too big. The sandbox blocks ranges larger than MAX_RANGE");
      }
      numbers.add(i);
    }
    return numbers;
  }

  private static Map<Object, Object> dict(Arguments a) {
    Map<Object, Object> values = new LinkedHashMap<>();
    if (!a.positional().isEmpty()) {
      if (a.positional().getFirst() instanceof Map<?, ?> map) {
        values.putAll(map);
      } else {
        for (Object pair : Python.items(a.positional().getFirst())) {
          values.put(Access.element(pair, 0L), Access.element(pair, 1L));
        }
      }
    }
    values.putAll(a.named());
    return values;
  }

  private static Namespace namespace(Arguments a) {
    Namespace namespace = new Namespace();
    dict(a).forEach((name, value) -> namespace.set(PythonText.str(name), value));
    return namespace;
  }

  private static Members cycler(Arguments a) {
    List<Object> items = a.positional();
    if (items.isEmpty()) {
      throw TemplateFailure.of("at least one item has to be provided");
    }
    int[] at = {0};
    return name ->
        switch (name) {
          case "current" -> items.get(at[0]);
          case "next" ->
              (Callable)
                  none -> {
                    Object value = items.get(at[0]);
                    at[0] = (at[0] + 1) % items.size();
                    return value;
                  };
          case "reset" ->
              (Callable)
                  none -> {
                    at[0] = 0;
                    return None.NONE;
                  };
          default -> null;
        };
  }

  private static Callable joiner(Arguments a) {
    boolean[] used = {false};
    return none -> {
      String separator = used[0] ? a.text(0, "sep", ", ") : "";
      used[0] = true;
      return separator;
    };
  }

  /** C's {@code strftime} in its own locale. */
  private static String time(ZonedDateTime now, String format) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%' || i + 1 == format.length()) {
        out.append(c);
        continue;
      }
      boolean bare = format.charAt(i + 1) == '-' && i + 2 < format.length();
      i += bare ? 2 : 1;
      String text = directive(now, format.charAt(i));
      out.append(bare && text.startsWith("0") && text.length() > 1 ? text.substring(1) : text);
    }
    return out.toString();
  }

  private static String directive(ZonedDateTime now, char directive) {
    String pattern =
        switch (directive) {
          case 'd' -> "dd";
          case 'm' -> "MM";
          case 'y' -> "yy";
          case 'Y' -> "yyyy";
          case 'b', 'h' -> "MMM";
          case 'B' -> "MMMM";
          case 'a' -> "EEE";
          case 'A' -> "EEEE";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'j' -> "DDD";
          case 'F' -> "yyyy-MM-dd";
          case 'D' -> "MM/dd/yy";
          case 'T' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case '%' -> "'%'";
          case 'n' -> "'\n'";
          case 't' -> "'\t'";
          default -> throw TemplateFailure.of("strftime_now does not offer %" + directive);
        };
    return DateTimeFormatter.ofPattern(pattern, Locale.US).format(now);
  }
}
