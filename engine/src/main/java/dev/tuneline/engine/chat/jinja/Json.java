package dev.tuneline.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Python's {@code json.dumps}, as the filter {@code tojson} calls it. */
final class Json {
  private final StringBuilder out = new StringBuilder();
  private final boolean ascii;
  private final @Nullable String indent;
  private final String comma;
  private final String colon;
  private final boolean sorted;

  private Json(Arguments options) {
    this.ascii = options.flag(0, "ensure_ascii", false);
    this.indent =
        switch (options.get(1, "indent", None.NONE)) {
          case None none -> null;
          case String text -> text;
          case Object width -> " ".repeat(Math.toIntExact(Math.clamp(Python.index(width), 0, 64)));
        };
    Object separators = options.get(2, "separators", None.NONE);
    boolean given = separators instanceof List<?> pair && pair.size() == 2;
    this.comma =
        given ? PythonText.str(((List<?>) separators).get(0)) : indent == null ? ", " : ",";
    this.colon = given ? PythonText.str(((List<?>) separators).get(1)) : ": ";
    this.sorted = options.flag(3, "sort_keys", false);
  }

  static String text(Object value, Arguments options) {
    options.only("tojson", 4, "ensure_ascii", "indent", "separators", "sort_keys");
    Json json = new Json(options);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(Object value, int depth) {
    switch (value) {
      case None none -> out.append("null");
      case Boolean b -> out.append(b);
      case Long l -> out.append(l.longValue());
      case Double d -> out.append(number(d));
      case String text -> string(text);
      case List<?> list -> list(list, depth);
      case Map<?, ?> map -> map(map, depth);
      default ->
          throw TemplateFailure.of(
              "Object of type " + Python.typeName(value) + " is not JSON serializable");
    }
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? "NaN"
        : Double.isInfinite(value)
            ? value > 0 ? "Infinity" : "-Infinity"
            : PythonText.number(value);
  }

  private void list(List<?> list, int depth) {
    out.append('[');
    boolean first = true;
    for (Object item : list) {
      separate(first, depth + 1);
      value(item, depth + 1);
      first = false;
    }
    close(list.isEmpty(), ']', depth);
  }

  private void map(Map<?, ?> map, int depth) {
    Map<?, ?> entries = map;
    if (sorted) {
      Map<Object, Object> ordered = new TreeMap<>(Python::compare);
      ordered.putAll(map);
      entries = ordered;
    }
    out.append('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : entries.entrySet()) {
      separate(first, depth + 1);
      string(key(entry.getKey()));
      out.append(colon);
      value(entry.getValue(), depth + 1);
      first = false;
    }
    close(map.isEmpty(), '}', depth);
  }

  private static String key(Object key) {
    return switch (key) {
      case String text -> text;
      case None none -> "null";
      case Boolean b -> b.toString();
      case Long l -> l.toString();
      case Double d -> number(d);
      default ->
          throw TemplateFailure.of(
              "keys must be str, int, float, bool or None, not " + Python.typeName(key));
    };
  }

  private void separate(boolean first, int depth) {
    if (!first) {
      out.append(comma);
    }
    newline(depth);
  }

  private void close(boolean empty, char bracket, int depth) {
    if (!empty) {
      newline(depth);
    }
    out.append(bracket);
  }

  private void newline(int depth) {
    if (indent != null) {
      out.append('\n').repeat(indent, depth);
    }
  }

  private void string(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < 0x20 || (ascii && c > 0x7e)) {
            out.append("\\u%04x".formatted((int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
