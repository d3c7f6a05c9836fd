package dev.tuneline.engine.adapter.module;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** An option that names modules: a list of name endings, or one regular expression. */
public sealed interface ModuleNames {
  /** Whether it names {@code module}. */
  boolean match(String module);

  /** Puts it into options. */
  void write(String key, ObjectNode json);

  /** The value of {@code key}; null where it is absent or an empty list. */
  static @Nullable ModuleNames parse(String key, MethodOptions options) {
    @Nullable JsonNode value = options.value(key);
    if (value == null || (value.isArray() && value.isEmpty())) {
      return null;
    }
    if (value.isTextual()) {
      ModulePattern.of(key, value.textValue());
      return new Matching(value.textValue());
    }
    return new Listed(options.texts(key));
  }

  /**
   * Modules that are called so, or whose names end with a dot and one of these.
   *
   * @param names sorted
   */
  record Listed(List<String> names) implements ModuleNames {
    public Listed {
      names = List.copyOf(new TreeSet<>(names));
    }

    @Override
    public boolean match(String module) {
      return ModulePattern.endsWithOne(module, names);
    }

    @Override
    public void write(String key, ObjectNode json) {
      names.forEach(json.putArray(key)::add);
    }
  }

  /** Modules whose whole name matches a regular expression. */
  record Matching(String pattern) implements ModuleNames {
    @Override
    public boolean match(String module) {
      return ModulePattern.of("target_modules", pattern).matcher(module).matches();
    }

    @Override
    public void write(String key, ObjectNode json) {
      json.put(key, pattern);
    }
  }
}
