package dev.tuneline.engine.arch.glm;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** GLM-4 in its transformers layout ({@code GlmForCausalLM}). */
public final class Glm implements Architecture {
  @Override
  public String modelType() {
    return "glm";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return GlmConfig.read(config);
  }
}
