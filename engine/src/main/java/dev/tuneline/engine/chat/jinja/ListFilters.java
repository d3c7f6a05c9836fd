package dev.tuneline.engine.chat.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Jinja2's filters of lists. */
final class ListFilters {
  private ListFilters() {}

  static Object apply(String name, Object value, Arguments a) {
    return switch (name) {
      case "list" -> new ArrayList<Object>(Python.items(value));
      case "first" -> end(Python.items(value), true);
      case "last" -> end(Python.items(value), false);
      case "reverse" ->
          value instanceof String text
              ? StringMethods.reversed(text)
              : List.copyOf(Python.items(value).reversed());
      case "join" -> join(Python.items(value), a);
      case "map" -> mapped(Python.items(value), a);
      case "select" -> chosen(Python.items(value), a, 0, true);
      case "reject" -> chosen(Python.items(value), a, 0, false);
      case "selectattr" -> chosen(Python.items(value), a, 1, true);
      case "rejectattr" -> chosen(Python.items(value), a, 1, false);
      case "sort" -> sorted(Python.items(value), a);
      case "dictsort" -> sortedPairs(value, a);
      case "unique" -> unique(Python.items(value), a);
      case "groupby" -> grouped(Python.items(value), a);
      case "min" -> extreme(Python.items(value), a, -1);
      case "max" -> extreme(Python.items(value), a, 1);
      case "sum" -> sum(Python.items(value), a);
      case "batch" -> batches(Python.items(value), a);
      case "slice" -> slices(Python.items(value), a);
      default -> throw TemplateFailure.of("No filter named '" + name + "'.");
    };
  }

  private static Object end(List<?> items, boolean first) {
    if (items.isEmpty()) {
      return new Undefined("No " + (first ? "first" : "last") + " item, sequence was empty.");
    }
    return first ? items.getFirst() : items.getLast();
  }

  private static String join(List<?> items, Arguments a) {
    Function<Object, Object> key = attribute(a.find(1, "attribute"), None.NONE);
    List<Object> texts = new ArrayList<>();
    for (Object item : items) {
      texts.add(PythonText.str(key.apply(item)));
    }
    return StringMethods.join(a.text(0, "d", ""), texts);
  }

  /** What an item is looked at by: itself, or its attribute {@code a.b.0}. */
  private static Function<Object, Object> attribute(@Nullable Object path, Object otherwise) {
    if (path == null || path instanceof None) {
      return item -> item;
    }
    if (path instanceof Long index) {
      return item -> orOtherwise(Access.element(item, index), otherwise);
    }
    List<Object> parts = StringMethods.split(PythonText.str(path), ".", -1);
    return item -> {
      Object value = item;
      for (Object part : parts) {
        value = orOtherwise(Access.element(value, key((String) part)), otherwise);
      }
      return value;
    };
  }

  private static Object key(String part) {
    boolean index =
        !part.isEmpty() && part.length() < 10 && part.chars().allMatch(Character::isDigit);
    return index ? (Object) Long.parseLong(part) : part;
  }

  private static Object orOtherwise(Object value, Object otherwise) {
    return value instanceof Undefined && !(otherwise instanceof None) ? otherwise : value;
  }

  private static Object folded(Object value, boolean caseSensitive) {
    return value instanceof String text && !caseSensitive ? text.toLowerCase(Locale.ROOT) : value;
  }

  private static List<Object> mapped(List<?> items, Arguments a) {
    Function<Object, Object> map;
    if (a.positional().isEmpty()) {
      if (!a.named().containsKey("attribute")) {
        throw TemplateFailure.of("map requires a filter argument");
      }
      map = attribute(a.named().get("attribute"), a.named().getOrDefault("default", None.NONE));
    } else {
      String filter = a.text(0, "filter", "");
      map = item -> Filters.apply(filter, item, a.from(1));
    }
    List<Object> values = new ArrayList<>();
    items.forEach(item -> values.add(map.apply(item)));
    return values;
  }

  private static List<Object> chosen(List<?> items, Arguments a, int test, boolean wanted) {
    Function<Object, Object> key =
        test == 0 ? item -> item : attribute(a.get(0, "attribute"), None.NONE);
    boolean named = a.positional().size() > test;
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      Object value = key.apply(item);
      boolean met =
          named
              ? Tests.test(a.text(test, "test", ""), value, a.from(test + 1))
              : Python.truth(value);
      if (met == wanted) {
        kept.add(item);
      }
    }
    return kept;
  }

  private static List<Object> sorted(List<?> items, Arguments a) {
    boolean caseSensitive = a.flag(1, "case_sensitive", false);
    List<Function<Object, Object>> keys = new ArrayList<>();
    Object paths = a.get(2, "attribute", None.NONE);
    for (Object path :
        paths instanceof String text ? StringMethods.split(text, ",", -1) : List.of(paths)) {
      keys.add(attribute(path, None.NONE));
    }
    Comparator<Object> order =
        (x, y) -> {
          for (Function<Object, Object> key : keys) {
            int c =
                Python.compare(
                    folded(key.apply(x), caseSensitive), folded(key.apply(y), caseSensitive));
            if (c != 0) {
              return c;
            }
          }
          return 0;
        };
    List<Object> sorted = new ArrayList<>(items);
    sorted.sort(a.flag(0, "reverse", false) ? order.reversed() : order);
    return sorted;
  }

  private static List<Object> sortedPairs(Object value, Arguments a) {
    if (!(value instanceof Map<?, ?> map)) {
      throw Python.undefinedOr("dictsort needs a mapping", value);
    }
    boolean caseSensitive = a.flag(0, "case_sensitive", false);
    long by = a.text(1, "by", "key").equals("value") ? 1 : 0;
    Comparator<Object> order =
        (x, y) ->
            Python.compare(
                folded(Access.element(x, by), caseSensitive),
                folded(Access.element(y, by), caseSensitive));
    List<Object> pairs = new ArrayList<>(Access.items(map));
    pairs.sort(a.flag(2, "reverse", false) ? order.reversed() : order);
    return pairs;
  }

  private static List<Object> unique(List<?> items, Arguments a) {
    boolean caseSensitive = a.flag(0, "case_sensitive", false);
    Function<Object, Object> key = attribute(a.find(1, "attribute"), None.NONE);
    List<Object> seen = new ArrayList<>();
    List<Object> kept = new ArrayList<>();
    for (Object item : items) {
      Object value = folded(key.apply(item), caseSensitive);
      if (!Python.contains(seen, value)) {
        seen.add(value);
        kept.add(item);
      }
    }
    return kept;
  }

  private static List<Object> grouped(List<?> items, Arguments a) {
    Function<Object, Object> key = attribute(a.get(0, "attribute"), a.get(1, "default", None.NONE));
    boolean caseSensitive = a.flag(2, "case_sensitive", false);
    List<Object> ordered = new ArrayList<>(items);
    ordered.sort(
        (x, y) ->
            Python.compare(
                folded(key.apply(x), caseSensitive), folded(key.apply(y), caseSensitive)));
    List<Object> groups = new ArrayList<>();
    List<Object> group = List.of();
    for (Object item : ordered) {
      if (group.isEmpty()
          || !Python.same(
              folded(key.apply(group.getFirst()), caseSensitive),
              folded(key.apply(item), caseSensitive))) {
        group = new ArrayList<>();
        groups.add(group);
      }
      group.add(item);
    }
    groups.replaceAll(of -> Tuple.of(key.apply(((List<?>) of).getFirst()), of));
    return groups;
  }

  private static Object extreme(List<?> items, Arguments a, int sign) {
    boolean caseSensitive = a.flag(0, "case_sensitive", false);
    Function<Object, Object> key = attribute(a.find(1, "attribute"), None.NONE);
    @Nullable Object best = null;
    for (Object item : items) {
      if (best == null
          || sign
                  * Python.compare(
                      folded(key.apply(item), caseSensitive),
                      folded(key.apply(best), caseSensitive))
              > 0) {
        best = item;
      }
    }
    return best == null ? new Undefined("No aggregated item, sequence was empty.") : best;
  }

  private static Object sum(List<?> items, Arguments a) {
    Function<Object, Object> key = attribute(a.find(0, "attribute"), None.NONE);
    Object sum = a.get(1, "start", 0L);
    for (Object item : items) {
      sum = Arithmetic.binary("+", sum, key.apply(item));
    }
    return sum;
  }

  private static List<Object> batches(List<?> items, Arguments a) {
    int size = Math.toIntExact(Math.clamp(a.number(0, "linecount", 1), 1, Limits.MAX_SIZE));
    @Nullable Object fill = a.find(1, "fill_with");
    List<Object> batches = new ArrayList<>();
    for (int from = 0; from < items.size(); from += size) {
      List<Object> batch =
          new ArrayList<>(items.subList(from, Math.min(items.size(), from + size)));
      while (fill != null && !(fill instanceof None) && batch.size() < size) {
        batch.add(fill);
      }
      batches.add(batch);
    }
    return batches;
  }

  private static List<Object> slices(List<?> items, Arguments a) {
    int count = Math.toIntExact(Math.clamp(a.number(0, "slices", 1), 1, Limits.MAX_RANGE));
    @Nullable Object fill = a.find(1, "fill_with");
    int each = items.size() / count;
    int longer = items.size() % count;
    List<Object> slices = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < count; i++) {
      int to = from + each + (i < longer ? 1 : 0);
      List<Object> slice = new ArrayList<>(items.subList(from, to));
      if (fill != null && !(fill instanceof None) && i >= longer) {
        slice.add(fill);
      }
      slices.add(slice);
      from = to;
    }
    return slices;
  }
}
