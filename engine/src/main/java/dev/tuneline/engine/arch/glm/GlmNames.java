package dev.tuneline.engine.arch.glm;

import dev.tuneline.engine.arch.block.LlamaLayers;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a GLM-4 checkpoint and the dimensions of their weights. */
final class GlmNames {
  private GlmNames() {}

  static SequencedMap<String, List<Long>> shapes(GlmConfig config) {
    return LlamaLayers.shapes(
        config.keys(), layer -> layer.attention(config.attentionBias(), false).fusedMlp().norms());
  }
}
