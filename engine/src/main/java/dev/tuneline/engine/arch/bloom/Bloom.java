package dev.tuneline.engine.arch.bloom;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** BLOOM ({@code BloomForCausalLM}). */
public final class Bloom implements Architecture {
  @Override
  public String modelType() {
    return "bloom";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return BloomConfig.read(config);
  }
}
