package dev.tuneline.engine.adapter.module;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuneline.engine.adapter.MethodOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which modules an adapter changes, by PEFT's rules.
 *
 * @param selected {@code target_modules}
 * @param excluded {@code exclude_modules}
 * @param layers {@code layers_to_transform}; empty for all
 * @param layersPattern {@code layers_pattern}: what the list of layers may be called; empty for
 *     anything
 */
public record TargetModules(
    ModuleNames selected,
    @Nullable ModuleNames excluded,
    List<Integer> layers,
    List<String> layersPattern) {

  /** The shorthand for every projection but the head. */
  static final String ALL_LINEAR = "all-linear";

  private static final List<String> EMBEDDINGS = List.of("embed_tokens", "lm_head");

  private static final Pattern FIRST_INDEX = Pattern.compile(".*?\\.[^.]*\\.(\\d+)\\.");

  public TargetModules {
    layers = List.copyOf(layers);
    layersPattern = List.copyOf(layersPattern);
    if (selected instanceof ModuleNames.Matching && !layers.isEmpty()) {
      throw MethodOptions.bad("layers_to_transform", "needs target_modules as a list");
    }
    if (!layersPattern.isEmpty() && layers.isEmpty()) {
      throw MethodOptions.bad("layers_pattern", "needs layers_to_transform");
    }
  }

  /** Reads {@code target_modules} and {@code exclude_modules} only; see {@link #parse}. */
  public static TargetModules parseNames(MethodOptions options, Supplier<ModuleNames> whenAbsent) {
    @Nullable ModuleNames selected = ModuleNames.parse("target_modules", options);
    return new TargetModules(
        selected == null ? whenAbsent.get() : selected,
        ModuleNames.parse("exclude_modules", options),
        List.of(),
        List.of());
  }

  /**
   * Reads the four options.
   *
   * @param whenAbsent the targets of options that name none
   */
  public static TargetModules parse(MethodOptions options, Supplier<ModuleNames> whenAbsent) {
    TargetModules all = parseNames(options, whenAbsent);
    return new TargetModules(
        all.selected(), all.excluded(), layers(options), layersPattern(options));
  }

  private static List<Integer> layers(MethodOptions options) {
    @Nullable JsonNode value = options.value("layers_to_transform");
    List<Integer> layers = new ArrayList<>();
    if (value != null && value.isArray()) {
      value.forEach(v -> layers.add(MethodOptions.integer("layers_to_transform", v)));
    } else if (value != null) {
      layers.add(MethodOptions.integer("layers_to_transform", value));
    }
    return layers;
  }

  private static List<String> layersPattern(MethodOptions options) {
    @Nullable JsonNode value = options.value("layers_pattern");
    if (value != null && value.isTextual()) {
      return value.textValue().isEmpty() ? List.of() : List.of(value.textValue());
    }
    return options.texts("layers_pattern");
  }

  /** Whether the module is changed. */
  public boolean match(String module) {
    return (excluded == null || !excluded.match(module))
        && selected.match(module)
        && (layers.isEmpty() || layers.contains(layerOf(module)));
  }

  /** The first number in the module's name that may be a layer's; -1 for none. */
  private int layerOf(String module) {
    List<Pattern> patterns =
        layersPattern.isEmpty()
            ? List.of(FIRST_INDEX)
            : layersPattern.stream()
                .map(p -> ModulePattern.of("layers_pattern", "(?:^|.*?\\.)" + p + "\\.(\\d+)\\."))
                .toList();
    for (Pattern pattern : patterns) {
      Matcher matcher = pattern.matcher(module);
      if (matcher.lookingAt()) {
        return Integer.parseInt(matcher.group(matcher.groupCount()));
      }
    }
    return -1;
  }

  /** The same with the shorthand {@code all-linear} written out as these modules. */
  TargetModules allLinear(List<String> modules) {
    boolean shorthand =
        selected instanceof ModuleNames.Matching(String pattern)
            && pattern.toLowerCase(Locale.ROOT).equals(ALL_LINEAR);
    return shorthand
        ? new TargetModules(new ModuleNames.Listed(modules), excluded, layers, layersPattern)
        : this;
  }

  /**
   * Whether these are named as embeddings in the way that makes PEFT save the base model's copies:
   * {@code embed_tokens} or {@code lm_head} in a list, or a pattern that matches such a module.
   */
  boolean namesEmbeddings(List<String> modules) {
    return switch (selected) {
      case ModuleNames.Listed(List<String> names) -> names.stream().anyMatch(EMBEDDINGS::contains);
      case ModuleNames.Matching pattern ->
          modules.stream()
              .anyMatch(m -> ModulePattern.endsWithOne(m, EMBEDDINGS) && pattern.match(m));
    };
  }

  /** Writes {@code target_modules} and {@code exclude_modules}. */
  public void writeNames(ObjectNode json) {
    selected.write("target_modules", json);
    if (excluded == null) {
      json.putNull("exclude_modules");
    } else {
      excluded.write("exclude_modules", json);
    }
  }

  /** Writes the four options. */
  public void write(ObjectNode json) {
    writeNames(json);
    if (layers.isEmpty()) {
      json.putNull("layers_to_transform");
    } else {
      ArrayNode array = json.putArray("layers_to_transform");
      new TreeSet<>(layers).forEach(array::add);
    }
    if (layersPattern.isEmpty()) {
      json.putNull("layers_pattern");
    } else {
      layersPattern.forEach(json.putArray("layers_pattern")::add);
    }
  }
}
