package dev.tuneline.engine.arch.glm;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.ConfigReader;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaBlueprint;
import dev.tuneline.engine.arch.block.LlamaKeys;
import java.util.List;
import java.util.SequencedMap;

/**
 * The keys of a GLM-4 config.json that change its outputs.
 *
 * @param attentionBias whether the projections onto queries, keys and values have a bias
 */
record GlmConfig(LlamaKeys keys, boolean attentionBias) implements LlamaBlueprint {
  static GlmConfig read(ConfigReader config) {
    return new GlmConfig(
        LlamaKeys.read(config, 128, 131_072, rotatedFraction(config)),
        config.flag("attention_bias", true));
  }

  private static double rotatedFraction(ConfigReader config) {
    String key = "partial_rotary_factor";
    double fraction = config.positive(key, 0.5);
    for (String nested : List.of("rope_parameters", "rope_scaling")) {
      fraction = config.root().path(nested).path(key).asDouble(fraction);
    }
    if (!(fraction > 0 && fraction <= 1)) {
      throw config.bad(key, "must be above 0 and at most 1");
    }
    return fraction;
  }

  @Override
  public SequencedMap<String, List<Long>> weights() {
    return GlmNames.shapes(this);
  }

  @Override
  public Decoder decoder(Weights weights, PtNDManager manager) {
    return GlmDecoder.assemble(this, weights, manager);
  }
}
