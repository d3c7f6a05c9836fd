package dev.tuneline.engine.arch.glm;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaParts;
import dev.tuneline.engine.arch.block.Rotary;

/** Assembles the GLM-4 forward pass. */
final class GlmDecoder {
  private GlmDecoder() {}

  static Decoder assemble(GlmConfig config, Weights weights, PtNDManager manager) {
    LlamaParts parts = new LlamaParts(config.keys(), weights, manager);
    return parts.stack(
        Rotary.Pairing.NEIGHBOURS,
        (index, layer) ->
            parts.block(layer, parts.attention(index, layer, 0), parts.fusedMlp(layer)));
  }
}
