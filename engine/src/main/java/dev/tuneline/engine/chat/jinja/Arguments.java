package dev.tuneline.engine.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a call was given: values by place and by name. */
record Arguments(List<Object> positional, Map<String, Object> named) {
  static Arguments of(Object... positional) {
    return new Arguments(List.of(positional), Map.of());
  }

  /** The argument at {@code place}, or of that name; null where it was not given. */
  @Nullable Object find(int place, String name) {
    return place < positional.size() ? positional.get(place) : named.get(name);
  }

  Object get(int place, String name) {
    Object value = find(place, name);
    if (value == null) {
      throw TemplateFailure.of("missing a required argument: '" + name + "'");
    }
    return value;
  }

  Object get(int place, String name, Object otherwise) {
    Object value = find(place, name);
    return value == null ? otherwise : value;
  }

  boolean flag(int place, String name, boolean otherwise) {
    return Python.truth(get(place, name, otherwise));
  }

  String text(int place, String name, String otherwise) {
    return PythonText.str(get(place, name, otherwise));
  }

  long number(int place, String name, long otherwise) {
    return Python.index(get(place, name, otherwise));
  }

  /** The arguments after the first {@code n}. */
  Arguments from(int n) {
    return new Arguments(
        positional.size() <= n ? List.of() : positional.subList(n, positional.size()), named);
  }

  /** Fails where more was given than {@code most} by place, or a name that is not one of these. */
  void only(String function, int most, String... names) {
    if (positional.size() > most) {
      throw TemplateFailure.of(
          function + "() takes at most " + most + " arguments, got " + positional.size());
    }
    for (String name : named.keySet()) {
      if (!List.of(names).contains(name)) {
        throw TemplateFailure.of(function + "() got an unexpected keyword argument '" + name + "'");
      }
    }
  }
}
