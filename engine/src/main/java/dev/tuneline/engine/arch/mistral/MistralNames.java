package dev.tuneline.engine.arch.mistral;

import dev.tuneline.engine.arch.block.LlamaLayers;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a Mistral checkpoint and the dimensions of their weights. */
final class MistralNames {
  private MistralNames() {}

  static SequencedMap<String, List<Long>> shapes(MistralConfig config) {
    return LlamaLayers.shapes(
        config.keys(), layer -> layer.attention(false, false).gatedMlp(false).norms());
  }
}
