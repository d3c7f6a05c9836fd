package dev.tuneline.engine.arch.qwen3;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** Qwen3, the dense models ({@code Qwen3ForCausalLM}). */
public final class Qwen3 implements Architecture {
  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return Qwen3Config.read(config);
  }
}
