package dev.tuneline.engine.arch.qwen2;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaParts;
import dev.tuneline.engine.arch.block.Rotary;

/** Assembles the Qwen2 forward pass. */
final class Qwen2Decoder {
  private Qwen2Decoder() {}

  static Decoder assemble(Qwen2Config config, Weights weights, PtNDManager manager) {
    LlamaParts parts = new LlamaParts(config.keys(), weights, manager);
    return parts.stack(
        Rotary.Pairing.HALVES,
        (index, layer) ->
            parts.block(
                layer,
                parts.attention(index, layer, config.windows().get(index)),
                parts.gatedMlp(layer)));
  }
}
