package dev.tuneline.engine.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What {@code namespace()} makes: attributes that inner blocks can set. */
final class Namespace implements Members {
  private final Map<String, Object> values = new HashMap<>();

  @Override
  public @Nullable Object member(String name) {
    return values.get(name);
  }

  void set(String name, Object value) {
    values.put(name, value);
  }
}
