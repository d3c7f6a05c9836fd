package dev.tuneline.engine.arch.llama;

import dev.tuneline.engine.arch.block.LlamaLayers;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a Llama checkpoint and the dimensions of their weights. */
final class LlamaNames {
  private LlamaNames() {}

  static SequencedMap<String, List<Long>> shapes(LlamaConfig config) {
    return LlamaLayers.shapes(
        config.keys(),
        layer ->
            layer
                .attention(config.attentionBias(), config.attentionBias())
                .gatedMlp(config.mlpBias())
                .norms());
  }
}
