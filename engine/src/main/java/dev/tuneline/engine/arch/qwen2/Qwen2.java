package dev.tuneline.engine.arch.qwen2;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** Qwen2 and Qwen2.5 ({@code Qwen2ForCausalLM}). */
public final class Qwen2 implements Architecture {
  @Override
  public String modelType() {
    return "qwen2";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return Qwen2Config.read(config);
  }
}
