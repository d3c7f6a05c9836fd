package dev.tuneline.engine.arch.mistral;

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
 * The keys of a Mistral config.json that change its outputs.
 *
 * @param windows how many positions back each layer's rows see; 0 for all
 */
record MistralConfig(LlamaKeys keys, List<Integer> windows) implements LlamaBlueprint {
  static MistralConfig read(ConfigReader config) {
    LlamaKeys keys = LlamaKeys.read(config, 0, 131_072);
    return new MistralConfig(keys, Windows.everywhere(config, keys.shape().layers()));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return MistralNames.shapes(this);
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return MistralDecoder.assemble(this, weights, manager);
  }
}
