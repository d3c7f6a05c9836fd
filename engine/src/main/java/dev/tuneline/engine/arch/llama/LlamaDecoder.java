package dev.tuneline.engine.arch.llama;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaParts;
import dev.tuneline.engine.arch.block.Rotary;

/** Assembles the Llama forward pass. */
final class LlamaDecoder {
  private LlamaDecoder() {}

  static Decoder assemble(LlamaConfig config, Weights weights, PtNDManager manager) {
    LlamaParts parts = new LlamaParts(config.keys(), weights, manager);
    return parts.stack(
        Rotary.Pairing.HALVES,
        (index, layer) ->
            parts.block(layer, parts.attention(index, layer, 0), parts.gatedMlp(layer)));
  }
}
