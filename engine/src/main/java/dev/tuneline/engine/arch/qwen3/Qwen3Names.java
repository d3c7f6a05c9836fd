package dev.tuneline.engine.arch.qwen3;

import dev.tuneline.engine.arch.block.LlamaLayers;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a Qwen3 checkpoint and the dimensions of their weights. */
final class Qwen3Names {
  private Qwen3Names() {}

  static SequencedMap<String, List<Long>> shapes(Qwen3Config config) {
    return LlamaLayers.shapes(
        config.keys(),
        layer ->
            layer
                .attention(config.attentionBias(), config.attentionBias())
                .headNorms()
                .gatedMlp(false)
                .norms());
  }
}
