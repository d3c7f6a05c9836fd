package dev.tuneline.engine.chat.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What Python's values mean: truth, equality, order, size, items.
 *
 * <p>They are held as {@link None}, Boolean, Long, Double, String, List, {@link Tuple}, Map, {@link
 * Undefined}, {@link Members} and {@link Callable}.
 */
final class Python {
  private Python() {}

  /** A value from outside in the form that is used here. */
  static Object value(@org.jspecify.annotations.Nullable Object given) {
    return switch (given) {
      case null -> None.NONE;
      case Integer i -> i.longValue();
      case Float f -> f.doubleValue();
      case Map<?, ?> map -> {
        Map<Object, Object> values = new LinkedHashMap<>();
        map.forEach((key, value) -> values.put(value(key), value(value)));
        yield values;
      }
      case List<?> list -> new ArrayList<>(list.stream().map(Python::value).toList());
      default -> given;
    };
  }

  static boolean truth(Object value) {
    return switch (value) {
      case None none -> false;
      case Undefined undefined -> false;
      case Boolean b -> b;
      case Long l -> l != 0;
      case Double d -> d != 0;
      case String s -> !s.isEmpty();
      case List<?> list -> !list.isEmpty();
      case Map<?, ?> map -> !map.isEmpty();
      default -> true;
    };
  }

  /** Python's {@code ==}: a truth value is a number, and no number is a text. */
  static boolean same(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b) == 0;
    }
    return switch (a) {
      case Undefined undefined -> b instanceof Undefined;
      case List<?> list ->
          b instanceof List<?> other
              && list instanceof Tuple == other instanceof Tuple
              && sameItems(list, other);
      case Map<?, ?> map -> b instanceof Map<?, ?> other && sameEntries(map, other);
      default -> a.equals(b);
    };
  }

  private static boolean sameItems(List<?> a, List<?> b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!same(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameEntries(Map<?, ?> a, Map<?, ?> b) {
    return a.size() == b.size()
        && a.entrySet().stream()
            .allMatch(e -> b.containsKey(e.getKey()) && same(e.getValue(), b.get(e.getKey())));
  }

  /** Python's order, which compares numbers, texts and lists with their like only. */
  static int compare(Object a, Object b) {
    if (isNumber(a) && isNumber(b)) {
      return compareNumbers(a, b);
    }
    if (a instanceof String s && b instanceof String t) {
      return compareTexts(s, t);
    }
    if (a instanceof List<?> list
        && b instanceof List<?> other
        && list instanceof Tuple == other instanceof Tuple) {
      for (int i = 0; i < Math.min(list.size(), other.size()); i++) {
        if (!same(list.get(i), other.get(i))) {
          return compare(list.get(i), other.get(i));
        }
      }
      return Integer.compare(list.size(), other.size());
    }
    throw undefinedOr(
        "values of '" + typeName(a) + "' and '" + typeName(b) + "' have no order", a, b);
  }

  /** By code points, where Java's own order is by UTF-16 units. */
  private static int compareTexts(String a, String b) {
    int i = 0;
    while (i < a.length() && i < b.length()) {
      int x = a.codePointAt(i);
      int y = b.codePointAt(i);
      if (x != y) {
        return Integer.compare(x, y);
      }
      i += Character.charCount(x);
    }
    return Integer.compare(a.length(), b.length());
  }

  private static int compareNumbers(Object a, Object b) {
    return a instanceof Double || b instanceof Double
        ? (real(a) == real(b) ? 0 : Double.compare(real(a), real(b)))
        : Long.compare(whole(a), whole(b));
  }

  static boolean isNumber(Object value) {
    return value instanceof Long || value instanceof Double || value instanceof Boolean;
  }

  /** A number's value as a whole one; a truth value is 0 or 1. */
  static long whole(Object number) {
    return number instanceof Boolean b ? (b ? 1 : 0) : ((Number) number).longValue();
  }

  static double real(Object number) {
    return number instanceof Boolean b ? (b ? 1 : 0) : ((Number) number).doubleValue();
  }

  /** A whole number that counts or points; fails for all else. */
  static long index(Object value) {
    if (value instanceof Long || value instanceof Boolean) {
      return whole(value);
    }
    throw undefinedOr(
        "'" + typeName(value) + "' object cannot be interpreted as an integer", value);
  }

  /** Python's {@code in}. */
  static boolean contains(Object container, Object item) {
    return switch (container) {
      case String text when item instanceof String part -> text.contains(part);
      case String text ->
          throw undefinedOr("'in <string>' requires string, not " + typeName(item), item);
      case Map<?, ?> map -> map.keySet().stream().anyMatch(key -> same(key, item));
      default -> items(container).stream().anyMatch(other -> same(other, item));
    };
  }

  /** What a loop over it sees: characters of a text, keys of a mapping. */
  static List<?> items(Object value) {
    return switch (value) {
      case List<?> list -> list;
      case Map<?, ?> map -> List.copyOf(map.keySet());
      case String text -> text.codePoints().mapToObj(Character::toString).toList();
      case Undefined undefined -> List.of();
      default -> throw TemplateFailure.of("'" + typeName(value) + "' object is not iterable");
    };
  }

  static boolean isIterable(Object value) {
    return value instanceof List
        || value instanceof Map
        || value instanceof String
        || value instanceof Undefined;
  }

  static long length(Object value) {
    return switch (value) {
      case String text -> text.codePointCount(0, text.length());
      case List<?> list -> list.size();
      case Map<?, ?> map -> map.size();
      case Undefined undefined -> 0;
      default -> throw TemplateFailure.of("object of type '" + typeName(value) + "' has no len()");
    };
  }

  /** A list or text's items from {@code start} to before {@code stop}; null ends are open. */
  static Object slice(Object of, Object start, Object stop, Object step) {
    long by = step instanceof None ? 1 : index(step);
    if (by == 0) {
      throw TemplateFailure.of("slice step cannot be zero");
    }
    if (!(of instanceof String) && !(of instanceof List)) {
      return of instanceof Undefined undefined ? fail(undefined) : Undefined.member(of, "slice");
    }
    List<?> items = items(of);
    int size = items.size();
    long from = bound(start, by > 0 ? 0 : size - 1L, size, by);
    long to = bound(stop, by > 0 ? size : -1, size, by);
    List<Object> taken = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      taken.add(items.get((int) i));
    }
    return switch (of) {
      case String text -> joined(taken);
      case Tuple tuple -> new Tuple(taken);
      default -> taken;
    };
  }

  private static long bound(Object given, long open, int size, long by) {
    if (given instanceof None) {
      return open;
    }
    long at = index(given);
    long end = at < 0 ? at + size : at;
    return by > 0 ? Math.clamp(end, 0, size) : Math.clamp(end, -1, size - 1L);
  }

  private static String joined(List<Object> characters) {
    StringBuilder text = new StringBuilder();
    for (Iterator<Object> i = characters.iterator(); i.hasNext(); ) {
      text.append(i.next());
    }
    return text.toString();
  }

  private static Object fail(Undefined undefined) {
    throw undefined.failure();
  }

  /** The failure of a use of {@code values}: that one of them is undefined goes before. */
  static TemplateFailure undefinedOr(String otherwise, Object... values) {
    for (Object value : values) {
      if (value instanceof Undefined undefined) {
        return undefined.failure();
      }
    }
    return TemplateFailure.of(otherwise);
  }

  static String typeName(Object value) {
    return switch (value) {
      case None none -> "NoneType";
      case Boolean b -> "bool";
      case Long l -> "int";
      case Double d -> "float";
      case String s -> "str";
      case Tuple tuple -> "tuple";
      case List<?> list -> "list";
      case Map<?, ?> map -> "dict";
      case Undefined undefined -> "Undefined";
      case Namespace namespace -> "Namespace";
      case Members members -> "object";
      default -> "function";
    };
  }
}
