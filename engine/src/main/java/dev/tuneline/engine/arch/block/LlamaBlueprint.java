package dev.tuneline.engine.arch.block;

import dev.tuneline.engine.arch.Blueprint;
import dev.tuneline.engine.arch.ModelShape;

/** The configuration of Llama or a relative. */
public interface LlamaBlueprint extends Blueprint {
  LlamaKeys keys();

  @Override
  default ModelShape shape() {
    return keys().shape();
  }

  @Override
  default String prefix() {
    return "model.";
  }

  @Override
  default double initializerRange() {
    return keys().initializerRange();
  }
}
