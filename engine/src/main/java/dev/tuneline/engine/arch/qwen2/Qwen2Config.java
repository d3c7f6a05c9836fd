package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaBlueprint;
import dev.tuneline.engine.arch.block.LlamaKeys;
import dev.tuneline.engine.arch.block.Windows;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a Qwen2 config.json that change its outputs.
 *
 * @param windows how many positions back each layer's rows see; 0 for all
 */
record Qwen2Config(LlamaKeys keys, List<Integer> windows) implements LlamaBlueprint {
  static Qwen2Config read(ConfigReader config) {
    LlamaKeys keys = LlamaKeys.read(config, 0, 32_768);
    return new Qwen2Config(keys, Windows.byLayer(config, keys.shape().layers()));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return Qwen2Names.shapes(this);
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return Qwen2Decoder.assemble(this, weights, manager);
  }
}
