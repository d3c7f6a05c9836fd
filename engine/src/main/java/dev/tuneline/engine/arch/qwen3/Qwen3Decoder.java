package dev.tuneline.engine.arch.qwen3;

import ai.djl.pytorch.engine.PtNDManager;
import dev.tuneline.engine.arch.Decoder;
import dev.tuneline.engine.arch.Weights;
import dev.tuneline.engine.arch.block.LlamaParts;
import dev.tuneline.engine.arch.block.Rotary;
import dev.tuneline.engine.arch.block.SelfAttention;

/** Assembles the Qwen3 forward pass. */
final class Qwen3Decoder {
  private Qwen3Decoder() {}

  static Decoder assemble(Qwen3Config config, Weights weights, PtNDManager manager) {
    LlamaParts parts = new LlamaParts(config.keys(), weights, manager);
    return parts.stack(
        Rotary.Pairing.HALVES,
        (index, layer) -> {
          SelfAttention attention =
              parts.attention(
                  index,
                  layer,
                  config.windows().get(index),
                  parts.norm(layer + "self_attn.q_norm"),
                  parts.norm(layer + "self_attn.k_norm"));
          return parts.block(layer, attention, parts.gatedMlp(layer));
        });
  }
}
