package dev.tuneline.engine.adapter.lora;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import dev.tuneline.engine.adapter.module.ModulePattern;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * PEFT's {@code rank_pattern} or {@code alpha_pattern}: values for modules by a pattern that the
 * end of their name matches; the first that does counts.
 */
record RankPattern<T extends Number>(String key, SequencedMap<String, T> values) {
  RankPattern {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
    values.keySet().forEach(pattern -> ModulePattern.of(key, pattern));
  }

  static <T extends Number> RankPattern<T> parse(
      String key, MethodOptions options, BiFunction<String, JsonNode, T> read) {
    @Nullable JsonNode json = options.value(key);
    SequencedMap<String, T> values = new LinkedHashMap<>();
    if (json != null) {
      if (!json.isObject()) {
        throw MethodOptions.bad(key, "must be an object, not " + json);
      }
      json.properties()
          .forEach(e -> values.put(e.getKey(), read.apply(key + "." + e.getKey(), e.getValue())));
    }
    return new RankPattern<>(key, values);
  }

  T at(String module, T otherwise) {
    for (Map.Entry<String, T> entry : values.entrySet()) {
      String pattern = "(.*\\.)?(" + entry.getKey() + ")$";
      if (ModulePattern.of(key, pattern).matcher(module).lookingAt()) {
        return entry.getValue();
      }
    }
    return otherwise;
  }

  void write(ObjectNode json) {
    ObjectNode object = json.putObject(key);
    values.forEach(
        (pattern, value) -> MethodOptions.putNumber(object, pattern, value.doubleValue()));
  }
}
