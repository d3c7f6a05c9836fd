package dev.tuneline.engine.arch.mistral;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** Mistral ({@code MistralForCausalLM}). */
public final class Mistral implements Architecture {
  @Override
  public String modelType() {
    return "mistral";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return MistralConfig.read(config);
  }
}
