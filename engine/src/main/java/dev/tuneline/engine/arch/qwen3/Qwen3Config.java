package dev.tuneline.engine.arch.qwen3;

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
 * The keys of a Qwen3 config.json that change its outputs.
 *
 * @param attentionBias whether all four projections of attention have a bias
 * @param windows how many positions back each layer's rows see; 0 for all
 */
record Qwen3Config(LlamaKeys keys, boolean attentionBias, List<Integer> windows)
    implements LlamaBlueprint {
  static Qwen3Config read(ConfigReader config) {
    LlamaKeys keys = LlamaKeys.read(config, 128, 32_768);
    return new Qwen3Config(
        keys, config.flag("attention_bias", false), Windows.byLayer(config, keys.shape().layers()));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return Qwen3Names.shapes(this);
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return Qwen3Decoder.assemble(this, weights, manager);
  }
}
