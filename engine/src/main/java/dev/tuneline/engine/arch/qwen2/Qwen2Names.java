package dev.tuneline.engine.arch.qwen2;

import dev.tuneline.engine.arch.ModelShape;
import dev.tuneline.engine.arch.WeightShapes;
import java.util.List;
import java.util.SequencedMap;

/** The modules of a Qwen2 checkpoint and the dimensions of their weights. */
final class Qwen2Names {
  static final String EMBEDDING = "model.embed_tokens";
  static final String NORM = "model.norm";
  static final String HEAD = "lm_head";

  private Qwen2Names() {}

  /** What the modules of a layer start with. */
  static String layer(int index) {
    return "model.layers." + index + ".";
  }

  static SequencedMap<String, List<Long>> shapes(Qwen2Config config) {
    ModelShape shape = config.shape();
    long hidden = shape.hidden();
    long mlp = config.intermediate();
    long q = (long) shape.heads() * shape.headDim();
    long kv = (long) shape.kvHeads() * shape.headDim();
    WeightShapes shapes = new WeightShapes().matrix(EMBEDDING, shape.vocab(), hidden);
    for (int i = 0; i < shape.layers(); i++) {
      String layer = layer(i);
      shapes
          .linear(layer + "self_attn.q_proj", q, hidden, true)
          .linear(layer + "self_attn.k_proj", kv, hidden, true)
          .linear(layer + "self_attn.v_proj", kv, hidden, true)
          .linear(layer + "self_attn.o_proj", hidden, q, false)
          .linear(layer + "mlp.gate_proj", mlp, hidden, false)
          .linear(layer + "mlp.up_proj", mlp, hidden, false)
          .linear(layer + "mlp.down_proj", hidden, mlp, false)
          .norm(layer + "input_layernorm", hidden, false)
          .norm(layer + "post_attention_layernorm", hidden, false);
    }
    shapes.norm(NORM, hidden, false);
    return config.tied() ? shapes.all() : shapes.matrix(HEAD, shape.vocab(), hidden).all();
  }
}
