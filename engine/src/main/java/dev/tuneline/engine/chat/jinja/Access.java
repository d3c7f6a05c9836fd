package dev.tuneline.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Attributes and items of values: {@code a.b} looks for an attribute first, {@code a['b']} for an
 * item. Methods that would change a list or a mapping are not there, as in Jinja2's immutable
 * sandbox.
 */
final class Access {
  private Access() {}

  static Object attribute(Object of, String name) {
    @Nullable Object value = member(of, name);
    return value != null ? value : orUndefined(item(of, (Object) name), of, name);
  }

  static Object element(Object of, Object key) {
    @Nullable Object value = item(of, key);
    if (value == null && key instanceof String name) {
      value = member(of, name);
    }
    return orUndefined(value, of, key);
  }

  private static Object orUndefined(@Nullable Object value, Object of, Object key) {
    return value != null ? value : Undefined.member(of, key);
  }

  private static @Nullable Object item(Object of, Object key) {
    return switch (of) {
      case Undefined undefined -> throw undefined.failure();
      case Map<?, ?> map -> map.get(key);
      case List<?> list when key instanceof Long || key instanceof Boolean ->
          at(list, Python.whole(key));
      case String text when key instanceof Long || key instanceof Boolean ->
          at(Python.items(text), Python.whole(key));
      default -> null;
    };
  }

  private static @Nullable Object at(List<?> list, long index) {
    long place = index < 0 ? index + list.size() : index;
    return place >= 0 && place < list.size() ? list.get((int) place) : null;
  }

  private static @Nullable Object member(Object of, String name) {
    return switch (of) {
      case Undefined undefined -> throw undefined.failure();
      case Members members -> members.member(name);
      case String text -> StringMethods.of(text, name);
      case List<?> list -> ofList(list, name);
      case Map<?, ?> map -> ofMap(map, name);
      default -> null;
    };
  }

  private static @Nullable Callable ofList(List<?> list, String name) {
    return switch (name) {
      case "index" -> a -> indexOf(list, a.get(0, "value"));
      case "count" ->
          a -> list.stream().filter(item -> Python.same(item, a.get(0, "value"))).count();
      default -> null;
    };
  }

  private static long indexOf(List<?> list, Object value) {
    for (int i = 0; i < list.size(); i++) {
      if (Python.same(list.get(i), value)) {
        return i;
      }
    }
    throw TemplateFailure.of(PythonText.repr(value) + " is not in list");
  }

  private static @Nullable Callable ofMap(Map<?, ?> map, String name) {
    return switch (name) {
      case "keys" -> a -> List.copyOf(map.keySet());
      case "values" -> a -> List.copyOf(map.values());
      case "items" -> a -> items(map);
      case "get" ->
          a -> {
            Object value = map.get(a.get(0, "key"));
            return value != null ? value : a.get(1, "default", None.NONE);
          };
      case "copy" -> a -> map;
      default -> null;
    };
  }

  static List<Tuple> items(Map<?, ?> map) {
    return map.entrySet().stream().map(e -> Tuple.of(e.getKey(), e.getValue())).toList();
  }
}
