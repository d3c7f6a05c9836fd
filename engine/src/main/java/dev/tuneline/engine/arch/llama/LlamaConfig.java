package dev.tuneline.engine.arch.llama;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaBlueprint;
import dev.tuneline.engine.arch.block.LlamaKeys;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a Llama config.json that change its outputs.
 *
 * @param attentionBias whether all four projections of attention have a bias
 * @param mlpBias whether those of the MLP have
 */
record LlamaConfig(LlamaKeys keys, boolean attentionBias, boolean mlpBias)
    implements LlamaBlueprint {
  static LlamaConfig read(ConfigReader config) {
    return new LlamaConfig(
        LlamaKeys.read(config, 0, 2048),
        config.flag("attention_bias", false),
        config.flag("mlp_bias", false));
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return LlamaNames.shapes(this);
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return LlamaDecoder.assemble(this, weights, manager);
  }
}
