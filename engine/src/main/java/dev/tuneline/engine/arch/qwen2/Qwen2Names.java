package dev.tuneline.engine.arch.qwen2;

import dev.tuneline.engine.arch.block.LlamaLayers;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a Qwen2 checkpoint and the dimensions of their weights. */
final class Qwen2Names {
  private Qwen2Names() {}

  static SequencedMap<String, List<Long>> shapes(Qwen2Config config) {
    return LlamaLayers.shapes(
        config.keys(), layer -> layer.attention(true, false).gatedMlp(false).norms());
  }
}
