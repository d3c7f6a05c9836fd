package dev.tuneline.engine.arch.block;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuneline.engine.arch.ConfigReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Reads how many positions back the rows of each layer see, themselves included; 0 for all. */
public final class Windows {
  private Windows() {}

  /** The same for all layers: {@code sliding_window}, 4096 where the key is absent. */
  public static List<Integer> everywhere(ConfigReader config, int layers) {
    if (config.has("layer_types")) {
      throw config.unsupported("layer_types", config.root().path("layer_types"));
    }
    int window =
        config.has("sliding_window") || !config.root().has("sliding_window")
            ? config.size("sliding_window", 4096)
            : 0;
    return Collections.nCopies(layers, window);
  }

  /**
   * {@code sliding_window} if {@code use_sliding_window}, in the layers that {@code layer_types}
   * names, or from {@code max_window_layers} on.
   */
  public static List<Integer> byLayer(ConfigReader config, int layers) {
    boolean used =
        config.flag("use_sliding_window", false)
            && (config.has("sliding_window") || !config.root().has("sliding_window"));
    int window = used ? config.size("sliding_window", 4096) : 0;
    JsonNode types = config.root().path("layer_types");
    if (config.has("layer_types") && (!types.isArray() || types.size() != layers)) {
      throw config.bad("layer_types", "must name a type for each of %d layers".formatted(layers));
    }
    int first = config.has("max_window_layers") ? config.count("max_window_layers") : 28;
    List<Integer> windows = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      boolean slides = types.isArray() ? slides(config, types.get(i).asText()) : i >= first;
      if (slides && types.isArray() && window == 0) {
        throw config.bad("layer_types", "names sliding_attention without a sliding_window in use");
      }
      windows.add(slides ? window : 0);
    }
    return List.copyOf(windows);
  }

  private static boolean slides(ConfigReader config, String type) {
    return switch (type) {
      case "full_attention" -> false;
      case "sliding_attention" -> true;
      default -> throw config.unsupported("layer_types", type);
    };
  }
}
