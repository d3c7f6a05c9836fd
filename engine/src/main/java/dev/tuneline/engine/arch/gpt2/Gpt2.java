package dev.tuneline.engine.arch.gpt2;

import dev.tuneline.engine.arch.Architecture;
import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ConfigReader;

/** GPT-2 ({@code GPT2LMHeadModel}). */
public final class Gpt2 implements Architecture {
  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public Blueprint read(ConfigReader config) {
    return Gpt2Config.read(config);
  }
}
