package dev.tuneline.engine.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Names and their values in one block, over those of the blocks around it. */
final class Scope {
  private final @Nullable Scope around;
  private final Map<String, Object> values;

  private Scope(@Nullable Scope around, Map<String, Object> values) {
    this.around = around;
    this.values = values;
  }

  static Scope outermost(Map<String, Object> values) {
    return new Scope(null, new HashMap<>(values));
  }

  Scope inner() {
    return new Scope(this, new HashMap<>());
  }

  void set(String name, Object value) {
    values.put(name, value);
  }

  Object get(String name) {
    for (@Nullable Scope scope = this; scope != null; scope = scope.around) {
      Object value = scope.values.get(name);
      if (value != null) {
        return value;
      }
    }
    return Undefined.name(name);
  }
}
