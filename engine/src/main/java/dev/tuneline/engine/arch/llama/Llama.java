package dev.tuneline.engine.arch.llama;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** Llama and what has its layout ({@code LlamaForCausalLM}). */
public final class Llama implements Architecture {
  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return LlamaConfig.read(config);
  }
}
